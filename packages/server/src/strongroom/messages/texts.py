"""The words of the notices, in English and Japanese; both stand in each notice.

What is filled in comes from `facts`; nothing here may name a secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from strongroom_formats.one_line import clean_text

from strongroom.messages.kinds import NoticeKind
from strongroom.rules import retention

_LONGEST_FACT = 2000
_LONGEST_SUBJECT = 300


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and body in both languages, with fields in braces."""

    subject: str
    body: str
    subject_ja: str
    body_ja: str


class _Facts(dict[str, str]):
    """A fact that is missing shows as a dash instead of stopping the notice."""

    def __missing__(self, key: str) -> str:
        return "-"


WORDS: dict[NoticeKind, Words] = {
    NoticeKind.SET_UP: Words(
        "SFTP access is set up: {login}",
        "Your key {fingerprint} was approved. Log in as {login} with any SFTP client and the "
        "private key that belongs to it; no password is asked for. Statements lie in /outgoing, "
        "signed lists of them in /manifests, and a file to rehearse with in /test.\n"
        "If you cannot log in, ask {support} and name the time of your attempt.",
        "SFTP の設定が完了しました: {login}",
        "鍵 {fingerprint} が承認されました。ログイン名 {login} と対応する秘密鍵で、"
        "任意の SFTP クライアントから接続できます。パスワードは不要です。"
        "取引報告書は /outgoing、署名付き一覧は "
        "/manifests、接続テスト用ファイルは /test にあります。\n"
        "接続できない場合は、接続した時刻を添えて {support} までお問い合わせください。",
    ),
    NoticeKind.KEY_RECEIVED: Words(
        "A public key was received for {login}",
        "The key {fingerprint} ({algorithm}) was received and waits for approval, which takes one "
        "to two business days. If you did not send it, tell {support} at once.",
        "{login} の公開鍵を受け付けました",
        "鍵 {fingerprint}（{algorithm}）を受け付けました。承認まで 1～2 営業日かかります。"
        "お心当たりがない場合は、ただちに {support} へご連絡ください。",
    ),
    NoticeKind.KEY_APPROVED: Words(
        "A further key was approved for {login}",
        "The key {fingerprint} opens {login} from now on. Older keys keep working until they are "
        "revoked. If you did not send it, tell {support} at once.",
        "{login} の追加の鍵が承認されました",
        "鍵 {fingerprint} で {login} に接続できます。以前の鍵は失効させるまで有効です。"
        "お心当たりがない場合は、ただちに {support} へご連絡ください。",
    ),
    NoticeKind.KEY_REJECTED: Words(
        "A key was not approved for {login}",
        "The key {fingerprint} was not approved. Reason: {reason}\n"
        "Ask {support} what to do, then send another.",
        "{login} の鍵は承認されませんでした",
        "鍵 {fingerprint} は承認されませんでした。理由: {reason}\n"
        "{support} にご確認のうえ、別の鍵をお送りください。",
    ),
    NoticeKind.KEY_REVOKED: Words(
        "A key was revoked for {login}",
        "The key {fingerprint} no longer opens {login}. Make a new pair and send its public half.",
        "{login} の鍵が失効しました",
        "鍵 {fingerprint} では {login} に接続できなくなりました。新しい鍵ペアを作成し、"
        "公開鍵をお送りください。",
    ),
    NoticeKind.KEY_EXPIRING: Words(
        "A key of {login} ends soon",
        "The key {fingerprint} ends on {on}. Send a new public key before that day.",
        "{login} の鍵の有効期限が近づいています",
        "鍵 {fingerprint} の有効期限は {on} です。それまでに新しい公開鍵をお送りください。",
    ),
    NoticeKind.KEY_PRIVATE: Words(
        "E-KEYREG-1: the submission for {login} held a private key",
        "What was sent for {login} contained a PRIVATE key. Nothing of it was kept, the public key "
        "was not accepted, and the pair can never be used here again. Make a new pair and send "
        "only the public half.",
        "E-KEYREG-1: {login} 宛の送付物に秘密鍵が含まれていました",
        "{login} 宛に送られた内容に「秘密鍵」が含まれていました。内容は一切保存しておらず、公開鍵も"
        "受け付けていません。この鍵ペアは今後一切使用できません。新しい鍵ペアを作成し、"
        "公開鍵のみをお送りください。",
    ),
    NoticeKind.KEY_OFFERED: Words(
        "{login} hands over its next key",
        "With a request signed by the key {old}, the key {fingerprint} ({words}) was handed over. "
        "It takes the old one's place when it is first used. Unless the firm lets such keys in "
        "by itself, compare the words with the recipient, then: strongroom key approve {login} "
        "{fingerprint}",
        "{login} が次の鍵を登録しました",
        "鍵 {old} で署名されたリクエストにより、鍵 {fingerprint}（{words}）が登録されました。"
        "初めて使用されたときに以前の鍵と交換されます。自動承認でない場合は、"
        "受取人と確認用の単語を照合してから、次のコマンドで承認してください: "
        "strongroom key approve {login} {fingerprint}",
    ),
    NoticeKind.KEY_REPLACED: Words(
        "A key of {login} was replaced",
        "The new key {fingerprint} was used for the first time, so the old key {old} has ended. If "
        "you did not change keys, tell {support} at once.",
        "{login} の鍵が交換されました",
        "新しい鍵 {fingerprint} が初めて使用されたため、以前の鍵 {old} は無効になりました。"
        "鍵を交換したお心当たりがない場合は、ただちに {support} へご連絡ください。",
    ),
    NoticeKind.INVITED: Words(
        "An invitation to send keys was made for {login}",
        "An invitation for {login} was made and can be used once, until {until}. You get it from "
        "the firm. If you did not ask for it, tell {support} at once.",
        "{login} の鍵登録用の招待状が発行されました",
        "{login} の招待状が発行されました。{until} まで一度だけ使用できます。"
        "招待状は当社の担当者からお受け取りください。"
        "お心当たりがない場合は、ただちに {support} へご連絡ください。",
    ),
    NoticeKind.ENROLMENT: Words(
        "Keys came in for {login} with an invitation",
        "SSH key {fingerprint} ({words}), PGP certificate {pgp}. It was sent from {address}; "
        "addresses proposed: {proposed}. Unless it is approved by itself, compare the words with "
        "the recipient, then: strongroom key approve {login} {fingerprint} --allow-proposed",
        "{login} の鍵が招待状で届きました",
        "SSH 鍵 {fingerprint}（{words}）と PGP 証明書 {pgp} を受け付けました。"
        "送信元は {address}、申請された接続元アドレスは {proposed} です。"
        "自動承認の場合を除き、受取人と確認用の単語を照合してから、次のコマンドで承認してください: "
        "strongroom key approve {login} {fingerprint} --allow-proposed",
    ),
    NoticeKind.ADDRESS_ASKED: Words(
        "{login} asks to enter from other addresses",
        "{login} asked, with a signed request from {address}, to enter from: {addresses}. Check "
        "it with the recipient, then, for each: strongroom recipient allow {login} add ADDRESS. "
        "If you are the recipient and did not ask, tell {support} at once.",
        "{login} が接続元アドレスの追加を申請しました",
        "{login} から、接続元アドレス {addresses} の追加が、署名付きの申請で求められました"
        "（送信元 {address}）。受取人に確認のうえ、アドレスごとに "
        "`strongroom recipient allow {login} add アドレス` で登録してください。"
        "受取人ご本人で申請のお心当たりがない場合は、ただちに {support} へご連絡ください。",
    ),
    NoticeKind.ADDRESS_ALLOWED: Words(
        "{login} may enter from {addresses}",
        "{login} may enter from {addresses} from now on. If you do not know these addresses, tell "
        "{support} at once.",
        "{login} は {addresses} から接続できます",
        "{login} は今後 {addresses} から接続できます。"
        "お心当たりのないアドレスの場合は、ただちに {support} へご連絡ください。",
    ),
    NoticeKind.PGP_IMPORTED: Words(
        "The PGP key of {login} was imported",
        "The PGP key {fingerprint} was imported. Statements are encrypted to it from now on. To "
        "check the firm's signature on them, ask {support} for the firm's own certificate.",
        "{login} の PGP 鍵を登録しました",
        "PGP 鍵 {fingerprint} を登録しました。今後の報告書はこの鍵で暗号化されます。"
        "当社の署名を検証するための証明書は {support} へご請求ください。",
    ),
    NoticeKind.PGP_REPLACED: Words(
        "The PGP key of {login} was replaced",
        "The PGP key {fingerprint} takes the place of {old}. From now on only the new key opens "
        "statements; those that were published before still need the old one, so keep it. Whoever "
        "fetches on several machines needs the new key on each of them. If you did not change "
        "keys, tell {support} at once.",
        "{login} の PGP 鍵が交換されました",
        "PGP 鍵 {fingerprint} が、以前の鍵 {old} に代わって登録されました。"
        "今後の報告書を開けるのは新しい鍵だけです。これまでに公開された報告書には以前の鍵が必要ですので、"
        "破棄せずに保管してください。複数のコンピューターで受け取る場合は、"
        "新しい鍵をそれぞれに移してください。"
        "鍵を交換したお心当たりがない場合は、ただちに {support} へご連絡ください。",
    ),
    NoticeKind.PGP_EXPIRING: Words(
        "The PGP key of {login} ends in {days} days",
        "The PGP key {fingerprint} ends on {on}. After that day statements are held and never sent "
        "in clear. Send the renewed public key before.",
        "{login} の PGP 鍵はあと {days} 日で有効期限が切れます",
        "PGP 鍵 {fingerprint} の有効期限は {on} です。その後の報告書は暗号化できるまで保留され、"
        "平文で送られることはありません。期限までに更新した公開鍵をお送りください。",
    ),
    NoticeKind.PGP_REVOKED: Words(
        "The PGP key of {login} was revoked",
        "The PGP key {fingerprint} is used no more. Statements are held, and never sent in clear, "
        "until you send another public key and it is approved.",
        "{login} の PGP 鍵が失効しました",
        "PGP 鍵 {fingerprint} は使用されなくなりました。別の公開鍵をお送りいただき承認されるまで、"
        "報告書は保留され、平文で送られることはありません。",
    ),
    NoticeKind.STATEMENTS_READY: Words(
        "{count} statement(s) are ready for {login}",
        "{count} statement(s) of the day lie in /outgoing. The signed list of them is "
        "/manifests/{manifest}.",
        "{login} 宛の報告書 {count} 件をご用意しました",
        "本日分の報告書 {count} 件が /outgoing にあります。署名付き一覧は "
        "/manifests/{manifest} です。",
    ),
    NoticeKind.STATEMENTS_HELD: Words(
        "Statements for {login} are held",
        "Statements for {login} could not be encrypted and are held: {reason}",
        "{login} 宛の報告書を保留しています",
        "{login} 宛の報告書を暗号化できないため保留しています: {reason}",
    ),
    NoticeKind.REMOVAL_SOON: Words(
        "{name} will be removed on {on}",
        "{name} of {login} will be removed on {on} ({fetched}). Fetch it before that day.",
        "{name} は {on} に削除されます",
        "{login} 宛の {name} は {on} に削除されます（{fetched}）。それまでに取得してください。",
    ),
    NoticeKind.NEVER_FETCHED: Words(
        "{name} was not fetched for {days} day(s)",
        "{name} of {login} has lain in /outgoing for {days} day(s) and nobody fetched it.",
        "{name} が {days} 日間取得されていません",
        "{login} 宛の {name} が公開から {days} 日間、一度も取得されていません。",
    ),
    NoticeKind.PARKED: Words(
        "A report file was parked: {file}",
        "{file} was set aside, and nothing was lost. {reason}\n"
        "When the cause is mended: strongroom parked assign {id}",
        "報告書ファイルを保留しました: {file}",
        "{file} を保留フォルダーに移しました。失われたデータはありません。{reason}\n"
        "原因を解消したら、次のコマンドを実行してください: strongroom parked assign {id}",
    ),
    NoticeKind.DISAVOWED: Words(
        "{user} says: this was not me",
        "The user {user} opened the link of an alert that told of something it did not do. Its "
        "sessions and trusted browsers are ended, its password is taken away, and factors and "
        "lists of addresses as new as the alert are suspended. Call the person, then look:\n"
        "strongroom user history {user}\nstrongroom user suspicious {user}",
        "{user} さまから「本人ではない」との申告がありました",
        "ユーザー {user} が、通知メールの「お心当たりがない場合」のリンクを開きました。"
        "ログイン状態と信頼済みブラウザーを終了し、パスワードを無効にし、通知以降に追加された"
        "認証手段と接続元アドレスの制限を停止しました。ご本人に電話で確認のうえ、次のコマンドで"
        "確認してください。\n"
        "strongroom user history {user}\nstrongroom user suspicious {user}",
    ),
    NoticeKind.CODES_UNUSED: Words(
        "Codes by SMS or call are not entered: {route}",
        "Of {sent} codes that left for {route} ({country}) within a day, {entered} were entered. "
        "That is what toll fraud looks like, or a carrier that delivers nothing. See who asked "
        "for them; phones.countries and the budgets in [phones] stop more.",
        "SMS・音声通話の確認コードが入力されていません: {route}",
        "24 時間以内に {route}（{country}）宛に送信した確認コード {sent} 件のうち、入力されたのは "
        "{entered} 件です。通話料金詐欺か、通信事業者の不達のおそれがあります。"
        "依頼元を確認し、必要に応じて [phones] の countries と上限を見直してください。",
    ),
    NoticeKind.CLOCK_JUMPED: Words(
        "Retention stands still: the clock {what}",
        "Compared with the last run the clock {what}; it says {now}. Nothing is removed until an "
        "operator checked the clock and ran `strongroom retention run --confirm-clock`.",
        "保存期間の処理を停止しています（時計の異常）",
        "前回の実行時と比べて時計が不自然に変化しています（{what}、現在の表示は {now}）。"
        "時計を確認して `strongroom retention run --confirm-clock` を実行するまで、"
        "何も削除されません。",
    ),
}

DESK, DESK_JA = "the firm's support desk", "当社の窓口"
"""Whom to ask where the firm's settings name nobody."""

NO_REASON = "none was given"

_IN_JAPANESE = {
    DESK: DESK_JA,
    NO_REASON: "記載なし",
    retention.NoticeKind.FETCHED.value: "取得済み",
    retention.NoticeKind.NEVER_FETCHED.value: "未取得",
    retention.Clock.JUMPED_FORWARD.value: "大きく進んでいます",
    retention.Clock.WENT_BACKWARD.value: "戻っています",
}
"""Facts that are words of ours and no names."""


def render(kind: NoticeKind, facts: Mapping[str, str]) -> tuple[str, str]:
    """Return subject and body of a notice, English first and Japanese below.

    The subject is one line. A fact is filled in as it is and never read as a field, and holds no
    line end, so that no name can add a line of its own to a notice (ATK-69).
    """
    words = WORDS[kind]
    filled = _Facts({name: clean_text(text, _LONGEST_FACT) for name, text in facts.items()})
    subject = clean_text(words.subject.format_map(filled), _LONGEST_SUBJECT)
    body = words.body.format_map(filled)
    subject_ja = clean_text(words.subject_ja.format_map(filled), _LONGEST_SUBJECT)
    japanese = _Facts({name: _IN_JAPANESE.get(text, text) for name, text in filled.items()})
    body_ja = words.body_ja.format_map(japanese)
    return subject, f"{body}\n\n--\n{subject_ja}\n\n{body_ja}\n"
