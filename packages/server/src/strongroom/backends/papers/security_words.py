"""The words of the security statement, in both languages; its layout is beside this file."""

from collections.abc import Mapping
from dataclasses import dataclass

_EVENTS: Mapping[str, tuple[str, str]] = {
    "password-wrong": ("Wrong password", "パスワード誤り"),
    "refused-locked": ("Refused: locked", "ロック中のため拒否"),
    "refused-address": ("Refused: address not listed", "登録外のアドレスのため拒否"),
    "locked-out": ("Locked after failures", "失敗が続いたためロック"),
    "factor-wrong": ("Wrong code", "認証コード誤り"),
    "signed-in": ("Signed in", "ログイン"),
    "browser-trusted": ("Browser trusted", "ブラウザを信頼済みに登録"),
    "browser-stolen": ("Copied cookie stopped", "複製されたCookieの使用を阻止"),
    "browser-forgotten": ("Browser no longer trusted", "ブラウザの信頼を解除"),
    "factor-added": ("Factor added", "認証方法の追加"),
    "factor-retired": ("Factor removed", "認証方法の削除"),
    "factor-suspended": ("Factor suspended", "認証方法の停止"),
    "factor-restored": ("Factor in use again", "認証方法の再開"),
    "password-changed": ("Password changed", "パスワードの変更"),
    "reset-asked": ("Password reset asked for", "パスワード再設定の申し込み"),
    "password-reset": ("Password reset", "パスワードの再設定"),
    "disavowed": ("Reported as not you", "お心当たりがないとのご申告"),
    "restriction-changed": ("List of addresses changed", "接続元アドレスの変更"),
    "restriction-confirmed": ("List of addresses confirmed", "接続元アドレスの確定"),
    "restriction-cancelled": ("Change of addresses cancelled", "接続元アドレスの変更の取り消し"),
    "restriction-rolled-back": ("List of addresses went back", "接続元アドレスの変更前への復元"),
    "opted-out": ("Opted out on platforms", "プラットフォームでの2段階認証の停止"),
    "opted-in": ("Opted in on platforms", "プラットフォームでの2段階認証の再開"),
    "phone-verified": ("Mobile number verified", "携帯電話番号の確認"),
    "phone-chosen": ("Mobile number chosen", "コードを受け取る番号の選択"),
    "phone-removed": ("Mobile number removed", "携帯電話番号の削除"),
    "email-changed": ("Mail address changed", "メールアドレスの変更"),
    "email-undone": ("Mail address changed back", "メールアドレスの変更の取り消し"),
    "sms": ("Code by SMS", "SMSのコード"),
    "voice": ("Code by call", "電話で受け取るコード"),
    "app": ("Phone app", "スマートフォンアプリ"),
    "card": ("Security card", "セキュリティカード"),
    "code-card": ("Code card", "コードカード"),
    "temporary": ("Temporary code", "一時コード"),
    "passkey": ("Passkey", "パスキー"),
    "totp": ("Authenticator app", "認証アプリ"),
    "recovery": ("Recovery codes", "リカバリーコード"),
    "pending": ("not activated", "有効化前"),
    "active": ("in use", "使用中"),
    "suspended": ("out of use", "停止中"),
    "retired": ("removed", "削除済み"),
}


@dataclass(frozen=True, slots=True)
class StatementWords:
    """The words of the paper; what stands in braces is filled in."""

    title: str
    period: str
    user: str
    account: str
    zone: str
    devices: str
    addresses: str
    anywhere: str
    logins: str
    refused: str
    changes: str
    none: str
    more: str
    added: str
    used: str
    never: str
    audit: str
    audit_text: tuple[str, ...]
    advice: str
    desk: str
    page: str
    column: int

    def of(self, kind: str) -> str:
        """Return a stable word as people read it; one that is not known shows as it is."""
        return _EVENTS[kind][self.column] if kind in _EVENTS else kind


_ENGLISH = StatementWords(
    title="Security statement",
    period="{first} to {last}",
    user="User",
    account="Account",
    zone="Times are those of {zone}.",
    devices="Second factors",
    addresses="Addresses from which the login may be used",
    anywhere="Any address",
    logins="Logins",
    refused="Refused attempts",
    changes="Changes",
    none="None in this month.",
    more="and {count} more",
    added="since {at}",
    used="last used {at}",
    never="not used",
    audit="Audit log",
    audit_text=(
        "At {at} the newest event of our audit log was number {seq}, with the SHA-256",
        "{root}.",
        "Keep this page: with it anyone can show later that no event up to this one was changed.",
    ),
    advice="If something here was not you, call us at once: {support}",
    desk="our support desk",
    page="Page {number}",
    column=0,
)

_JAPANESE = StatementWords(
    title="セキュリティ報告書",
    period="{first} から {last} まで",
    user="ユーザー",
    account="口座",
    zone="時刻は {zone} の時間帯で表示しています。",
    devices="2段階認証",
    addresses="ログインを許可するアドレス",
    anywhere="制限なし",
    logins="ログイン",
    refused="拒否された試行",
    changes="設定の変更",
    none="この月の該当はありません。",
    more="ほか {count} 件",
    added="登録 {at}",
    used="最終利用 {at}",
    never="未使用",
    audit="監査記録",
    audit_text=(
        "{at} 時点の当社監査記録の最新番号は {seq}、その SHA-256 は次のとおりです。",
        "{root}",
        "この報告書を保管しておくと、この時点までの記録が変更されていないことを後から確認できます。",
    ),
    advice="お心当たりのない内容があれば、ただちにご連絡ください：{support}",
    desk="当社の窓口",
    page="{number} ページ",
    column=1,
)


def statement_words(language: str) -> StatementWords:
    """Return the words in a person's language; English for one that there is not."""
    return _JAPANESE if language == "ja" else _ENGLISH
