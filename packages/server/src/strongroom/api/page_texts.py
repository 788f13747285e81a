"""The words of the invitation's page in both languages; its form is in `page`."""

from dataclasses import dataclass

from strongroom.messages.texts import DESK, DESK_JA


@dataclass(frozen=True, slots=True)
class PageText:
    """One language's words; `{firm}` and `{support}` are filled in, already escaped."""

    other_language: str
    title: str
    no_code: str
    what: str
    with_program: str
    this_link: str
    pinned: str
    without_program: str
    by_hand: tuple[str, ...]
    mind: str
    care: str
    desk: str


TEXTS: dict[str, PageText] = {
    "en": PageText(
        other_language="日本語",
        title="Invitation from {firm}",
        no_code="There is no invitation code in this address. Copy the whole link again, or ask "
        "{support} for a new one.",
        what="{firm} invites you to set up the delivery of your statements. Opening this page "
        "has used nothing up.",
        with_program="With the strongbox program",
        this_link="the whole link of this page",
        pinned="Run the line above on the machine that will fetch the statements. It makes the "
        "keys there, sends only their public halves, waits for the approval and fetches a test "
        "file. If the link has a part that begins with <code>#pin=</code>, it belongs to it. "
        "Where the firm's certificate is known to your system, this line does the same:",
        without_program="Without strongbox",
        by_hand=(
            (
                "Make an SSH key pair yourself, for example with PuTTYgen or "
                "<code>ssh-keygen -t ed25519</code>, and protect it with a passphrase."
            ),
            (
                "Send the <strong>public</strong> half, and the public addresses that you will "
                "connect from, to {support} in the way that was agreed with you. Never send the "
                "private half: a pair whose private half was sent can never be used."
            ),
            (
                "Compare the fingerprint with {support} by telephone and wait for the notice that "
                "the set-up is complete."
            ),
            (
                "Connect with any SFTP program. Compare the fingerprint of the server's host key "
                "with the one that {support} gives you."
            ),
        ),
        mind="Please mind",
        care="This link is a secret and works once. Pass it on to nobody. If you did not expect "
        "it, do not use it, and tell {support}.",
        desk=DESK,
    ),
    "ja": PageText(
        other_language="English",
        title="{firm} からの招待状",
        no_code="このアドレスには招待コードがありません。リンク全体をもう一度コピーするか、"
        "新しい招待状を {support} へご請求ください。",
        what="{firm} の報告書を受け取るための設定へのご招待です。"
        "このページを開いただけでは、招待状は使用済みになりません。",
        with_program="strongbox を使う場合",
        this_link="このページのリンク全体",
        pinned="報告書を受け取るコンピューターで、上の行を実行してください。"
        "鍵はそのコンピューターで作成され、送信されるのは公開鍵だけです。承認を待ち、"
        "テスト用ファイルの取得まで行います。リンクに <code>#pin=</code> で始まる部分がある場合は、"
        "それも含めてください。サーバー証明書がお使いのシステムで信頼されている場合は、"
        "次の行でも同じです:",
        without_program="strongbox を使わない場合",
        by_hand=(
            (
                "PuTTYgen や <code>ssh-keygen -t ed25519</code> などで SSH 鍵ペアを作成し、"
                "パスフレーズで保護してください。"
            ),
            (
                "<strong>公開鍵</strong>と接続元のグローバル IP アドレスを、"
                "取り決めた方法で {support} へお送りください。秘密鍵は絶対に送らないでください。"
                "秘密鍵を送った鍵ペアは使用できなくなります。"
            ),
            "{support} と電話で指紋を照合し、設定完了の通知をお待ちください。",
            (
                "任意の SFTP プログラムで接続してください。サーバーのホスト鍵の指紋を、"
                "{support} がお知らせするものと見比べてください。"
            ),
        ),
        mind="ご注意",
        care="このリンクは秘密であり、一度しか使えません。他の人に渡さないでください。"
        "お心当たりがない場合は使用せず、{support} へご連絡ください。",
        desk=DESK_JA,
    ),
}
