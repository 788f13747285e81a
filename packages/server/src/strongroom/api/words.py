"""The sentences of the end points in both languages.

English refusals are written in `rules.refusals`; here stands their Japanese, by their code.
"""

from strongroom.api.progress import Progress, State
from strongroom.rules.refusals import Refused

REFUSED_JA: dict[str, str] = {
    "E-KEYREG-1": "送信内容に秘密鍵が含まれていたため、すべて拒否しました。内容は保存していません。"
    "この鍵ペアは今後一切使用できません。新しい鍵ペアを作成し、公開鍵のみをお送りください。",
    "ENROL-BODY": "リクエストを読み取れません: {why}。",
    "ENROL-BUSY": "サーバーが応答できません。1 分ほどお待ちになってから、もう一度お試しください。",
    "ENROL-CHALLENGE": "鍵は別の招待状に対して署名されています。"
    "`strongbox enrol` を最初からやり直してください。",
    "ENROL-CODE": "このコードの招待状はありません。お手元のコードと一文字ずつ見比べるか、"
    "新しい招待状をご請求ください。",
    "ENROL-EXPIRED": "この招待状は有効期限が切れています。新しい招待状をご請求ください。",
    "ENROL-LARGE": "リクエストが {most} バイトを超えています。",
    "ENROL-LATE": "リクエスト全体が時間内に届きませんでした。"
    "接続状況のよいところで、もう一度お試しください。",
    "ENROL-PATH": "このアドレスには何もありません。"
    "受取側のプログラムとサーバーのバージョンが異なる可能性があります。",
    "ENROL-PGP-MISSING": "{login} の報告書は暗号化されるため、"
    "SSH 鍵と一緒に PGP 証明書をお送りください。",
    "ENROL-REVOKED": "この招待状は取り消されました。新しい招待状をご請求ください。",
    "ENROL-SIGNATURE": "署名から秘密鍵の所持を確認できません: {why}。何も保存していません。"
    "招待状は引き続き使用できます。",
    "ENROL-SLOW": "お使いのネットワークからの誤った試行が多すぎます。"
    "{minutes} 分お待ちになってから、もう一度お試しください。",
    "ENROL-TICKET": "この受付番号の申請はありません。新しい招待状で最初からやり直してください。",
    "ENROL-USED": "この招待状は使用済みです。お心当たりがない場合は、ただちに当社へご連絡ください。"
    "それ以外の場合は、新しい招待状をご請求ください。",
    "KEY-BURNT": "鍵 {fingerprint} は今後一切使用できません。秘密鍵が一度外部に渡ったか、"
    "使用禁止の一覧に載っています。新しい鍵ペアを作成し、公開鍵をお送りください。",
    "KEY-ENDED": "鍵 {fingerprint} は無効になっており、再び使用することはできません。"
    "新しい鍵ペアを作成してください。",
    "KEY-FOREIGN": "鍵 {fingerprint} は別の受取人に登録されています。"
    "鍵は受取人ごとに必要です。新しい鍵ペアを作成してください。",
    "KEY-HERE-ALREADY": "鍵 {fingerprint} はすでに登録されています。何も変更していません。",
    "KEY-SHORT": "RSA 鍵が {bits} ビットしかありません。{least} ビット以上が必要です。"
    "新しい鍵ペアを作成してください。",
    "KEY-TOO-MANY": "{login} にはすでに上限の {most} 個の鍵があります。"
    "使用していない鍵の失効を当社へご依頼ください。",
    "REQUEST-AUDIENCE": "リクエストは {audience} 宛に署名されていますが、こちらは {url} です。",
    "REQUEST-CLOCK": "リクエストの署名時刻は {at} ですが、サーバーの時刻は {now} です。"
    "お使いのコンピューターの時計を合わせてください。",
    "REQUEST-REFUSED": "このログイン名でこの操作を行える鍵の署名がありません。",
    "REQUEST-REPEATED": "このリクエストはすでに受け付けています。新しく署名してください。",
}
"""Refusals that are not here are told in English."""

_STATES: dict[State, tuple[str, str]] = {
    State.PENDING: (
        "Your keys wait for the firm's approval. Be ready to compare the five words.",
        "鍵は承認待ちです。確認用の 5 つの単語を照合できるようご準備ください。",
    ),
    State.APPROVED: ("Your keys are approved.", "鍵が承認されました。"),
    State.REJECTED: (
        "The firm did not approve your keys. Ask for the reason.",
        "鍵は承認されませんでした。理由を当社へお問い合わせください。",
    ),
    State.EXPIRED: (
        "These keys have ended. Ask the firm for a new invitation.",
        "この鍵は無効になりました。新しい招待状をご請求ください。",
    ),
}


_REASON = (
    'The firm did not approve your keys. Its reason: "{reason}".',
    "鍵は承認されませんでした。理由:「{reason}」。",
)


def of_progress(progress: Progress, language: str) -> str:
    """What a person is told of how far an enrolment is."""
    english, japanese = _REASON if progress.reason else _STATES[progress.state]
    return (japanese if language == "ja" else english).format(reason=progress.reason)


def sentence(refused: Refused, language: str) -> str:
    """What a person is told of a refusal."""
    known = REFUSED_JA.get(refused.code) if language == "ja" else None
    return known.format(**refused.facts) if known else str(refused)
