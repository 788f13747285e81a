"""What a recipient, who proved to be one, is told of a refused connection, in both languages.

Operators read `login_causes.EXPLANATIONS`; nothing here tells of other recipients.
"""

from dataclasses import dataclass

from strongroom.rules.login_causes import Cause


@dataclass(frozen=True, slots=True)
class Advice:
    """What happened and what to do, in both languages."""

    english: str
    japanese: str


_AS_OTHERS = {
    # Whether a key or an address belongs to another recipient is no business of this one.
    Cause.KEY_FOREIGN: Cause.KEY_UNKNOWN,
    Cause.ADDRESS_OF_ANOTHER: Cause.ADDRESS_UNLISTED,
}

ADVICE: dict[Cause, Advice] = {
    Cause.LOGIN_UNKNOWN: Advice(
        english="There was no such login name then. Compare it with your set-up notice, letter by "
        "letter.",
        japanese="その時点では、このログイン名は存在しませんでした。"
        "設定完了通知と一文字ずつ見比べてください。",
    ),
    Cause.LOGIN_DISABLED: Advice(
        english="The firm has disabled this login. Ask the firm to enable it again.",
        japanese="このログイン名は当社により停止されています。再開を当社へご依頼ください。",
    ),
    Cause.NO_KEY_OFFERED: Advice(
        english="Your client offered no key. Set its logon type to key file; no password is ever "
        "accepted.",
        japanese="クライアントが鍵を提示しませんでした。"
        "ログオンの種類を「鍵ファイル」に設定してください。"
        "パスワードではログインできません。",
    ),
    Cause.KEY_UNKNOWN: Advice(
        english="The key that was offered is not on record for this login. Use the private key "
        "that belongs to the key you sent in, or send the new public key.",
        japanese="提示された鍵はこのログイン名に登録されていません。"
        "登録した公開鍵に対応する秘密鍵を使うか、"
        "新しい公開鍵をお送りください。",
    ),
    Cause.KEY_PENDING: Advice(
        english="The key that was offered waits for the firm's approval.",
        japanese="提示された鍵は当社の承認待ちです。",
    ),
    Cause.KEY_REJECTED: Advice(
        english="The firm did not approve the key that was offered. Ask for the reason, or send "
        "another.",
        japanese="提示された鍵は承認されませんでした。"
        "理由を当社へお問い合わせいただくか、別の鍵をお送りください。",
    ),
    Cause.KEY_REVOKED: Advice(
        english="The key that was offered is revoked. Make a new pair and send its public half.",
        japanese="提示された鍵は失効しています。新しい鍵ペアを作成し、公開鍵をお送りください。",
    ),
    Cause.KEY_EXPIRED: Advice(
        english="The key that was offered has expired. Make a new pair and send its public half.",
        japanese="提示された鍵は有効期限が切れています。新しい鍵ペアを作成し、"
        "公開鍵をお送りください。",
    ),
    Cause.KEY_BURNT: Advice(
        english="The private half of the key that was offered was given away once, so it is "
        "refused for ever. Make a new pair.",
        japanese="提示された鍵は、秘密鍵が一度外部に渡ったため、"
        "今後一切使用できません。新しい鍵ペアを作成してください。",
    ),
    Cause.ALGORITHM: Advice(
        english="Your client signs with an algorithm that is not accepted, most often SHA-1 (ssh- "
        "rsa). Update the client program, or use an Ed25519 key with it.",
        japanese="クライアントの署名方式は受け付けられません（多くの場合 SHA-1、"
        "ssh-rsa）。クライアントを更新するか、"
        "Ed25519 の鍵をお使いください。",
    ),
    Cause.SIGNATURE: Advice(
        english="The key was right, but its signature was not: the private key does not belong to "
        "the public key, or the client is faulty.",
        japanese="鍵は正しいものの、署名が正しくありませんでした。"
        "秘密鍵と公開鍵の組み合わせが違うか、クライアントに不具合があります。",
    ),
    Cause.ADDRESS_UNLISTED: Advice(
        english="The address is not on your allow-list. Such a connection gets no answer and ends "
        "in a time-out. Ask the firm to add the address, or connect from a listed one.",
        japanese="接続元アドレスが許可リストにありません。この場合サーバーは応答せず、"
        "タイムアウトになります。アドレスの追加を当社へ申請するか、"
        "登録済みのアドレスから接続してください。",
    ),
    Cause.CODE_MISSING: Advice(
        english="The key was right, but no code followed. This login asks for a code after the "
        "key: set the client's logon type to interactive, with the same key file.",
        japanese="鍵は正しいものの、続く認証コードの入力がありませんでした。"
        "クライアントのログオン方式を「対話型」にし、同じ鍵ファイルを指定してください。",
    ),
    Cause.CODE_WRONG: Advice(
        english="The key was right, but the code that followed was not, or was too old. Try again "
        "with a new code.",
        japanese="鍵は正しいものの、認証コードが正しくないか、期限が切れていました。"
        "新しいコードでもう一度お試しください。",
    ),
    Cause.CODE_NOBODY: Advice(
        english="The key was right, but the person whose code is asked for cannot give one now. "
        "That person can see why in the portal, under Settings, Security.",
        japanese="鍵は正しいものの、認証コードを入力する担当者が現在ご利用いただけません。"
        "担当者の方はポータルの［設定］→［セキュリティ］で理由をご確認いただけます。",
    ),
    Cause.TOO_MANY_SESSIONS: Advice(
        english="This login has as many sessions open as it may have. Close some, or wait for "
        "them to end.",
        japanese="同時接続数の上限に達しています。不要な接続を閉じるか、"
        "終了するまでお待ちください。",
    ),
    Cause.TOO_MANY_TRIES: Advice(
        english="Too many keys were tried in one connection. Tell the client which key to use "
        "(IdentitiesOnly in OpenSSH).",
        japanese="一度の接続で試行された鍵が多すぎます。"
        "使用する鍵をクライアントに指定してください（OpenSSH では IdentitiesOnly）。",
    ),
    Cause.NO_LOGIN_IN_TIME: Advice(
        english="The client left, or waited, without logging in. Most often it did not accept the "
        "server's host key: compare its fingerprint with the one the firm gave you.",
        japanese="クライアントがログインしないまま切断、または待機しました。"
        "多くの場合、サーバーのホスト鍵が受け入れられていません。"
        "当社がお知らせした指紋と見比べてください。",
    ),
    Cause.SHUT_OUT: Advice(
        english="The address failed so often that it is shut out for a while. Wait an hour.",
        japanese="失敗が続いたため、このアドレスからの接続を一時的に遮断しています。"
        "1 時間ほどお待ちください。",
    ),
    Cause.PROTOCOL: Advice(
        english="The client did not follow the SSH protocol; it may not be an SFTP client.",
        japanese="クライアントが SSH プロトコルに従っていません。"
        "SFTP クライアントではない可能性があります。",
    ),
}


def shown_cause(cause: Cause) -> Cause:
    """Return the cause as the recipient sees it: what would tell of others is left out."""
    return _AS_OTHERS.get(cause, cause)


def advice(cause: Cause, language: str) -> str:
    """Return what happened and what to do, in Japanese (`ja`) or English."""
    told = ADVICE[shown_cause(cause)]
    return told.japanese if language == "ja" else told.english
