"""The words of mails about second factors."""

from strongroom.messages.letter_texts.words import Both, Words
from strongroom.rules.alerts import AlertKind

FACTORS: dict[str, Both] = {
    "sms": Both("SMS code", "SMS コード"),
    "voice": Both("code by call", "音声通話コード"),
    "app": Both("phone app", "スマートフォンアプリ"),
    "card": Both("security card", "セキュリティカード"),
    "code-card": Both("code card", "コードカード"),
    "temporary": Both("temporary code", "一時コード"),
    "passkey": Both("passkey", "パスキー"),
    "totp": Both("authenticator app", "認証アプリ"),
    "recovery": Both("recovery codes", "リカバリーコード"),
}
"""The kinds of factor as a person knows them, in both languages."""

WORDS: dict[AlertKind, Words] = {
    AlertKind.FACTOR_ADDED: Words(
        "A device was added to your login",
        "On {at} a second factor was added to your login: {factor} {label}",
        "認証手段が追加されました",
        "{at} に、ログインの認証手段が追加されました: {factor} {label}",
    ),
    AlertKind.FACTOR_RETIRED: Words(
        "A device was removed from your login",
        "On {at} a second factor was removed from your login: {factor} {label}",
        "認証手段が削除されました",
        "{at} に、ログインの認証手段が削除されました: {factor} {label}",
    ),
    AlertKind.FACTOR_SUSPENDED: Words(
        "A device of your login is blocked",
        "On {at} a second factor was blocked, after too many wrong answers or because you asked "
        "for it: {factor} {label}\nUse another one, or call {support}.",
        "認証手段を停止しました",
        "{at} に、入力の誤りが続いたため、またはお申し出により、認証手段を停止しました: "
        "{factor} {label}\nほかの認証手段をご利用いただくか、{support} へお電話ください。",
    ),
    AlertKind.FACTOR_SHARED: Words(
        "Your device serves another user name",
        "On {at} the user name {user} was allowed to use your device: {factor} {label}",
        "認証手段を別のユーザー名と共有しました",
        "{at} に、ユーザー名 {user} による認証手段の利用が許可されました: {factor} {label}",
    ),
    AlertKind.SMS_AFTER_APP: Words(
        "A code by SMS was used",
        "On {at} a code by SMS was used for your login, although you have a stronger device.",
        "SMS コードが使用されました",
        "{at} に、より安全な認証手段をお持ちですが、SMS コードでログインが行われました。",
    ),
    AlertKind.TEMPORARY_CODE: Words(
        "A temporary code was issued",
        "On {at} the firm issued a temporary code for your login by telephone. It opens "
        "everything for two days, and after that until {until} the printing of a code card alone.",
        "一時コードが発行されました",
        "{at} に、お電話での本人確認を経て一時コードを発行しました。発行から2日間はすべての機能を、"
        "その後 {until} まではコードカードの印刷のみをご利用いただけます。",
    ),
    AlertKind.RECOVERY_CODES: Words(
        "New recovery codes were made",
        "On {at} new recovery codes were made for your login. Older ones do not work any more.",
        "リカバリーコードを新しく発行しました",
        "{at} に、新しいリカバリーコードを発行しました。以前のコードは使用できません。",
    ),
    AlertKind.CODE_CARD: Words(
        "A code card was made",
        "On {at} a code card was made for your login. It is valid until {until}. Keep it where "
        "nobody else sees it.",
        "コードカードが発行されました",
        "{at} に、コードカードが発行されました。有効期限は {until} です。"
        "他人の目に触れない場所に保管してください。",
    ),
    AlertKind.CARD_ORDERED: Words(
        "Your security card is ordered",
        "On {at} a security card was ordered. It is expected to be sent on {ships_on}.",
        "セキュリティカードのご注文を承りました",
        "{at} に、セキュリティカードのご注文を承りました。発送予定日は {ships_on} です。",
    ),
    AlertKind.CARD_SHIPPED: Words(
        "Your security card is on its way",
        "The security card with a number ending in {serial} was sent. It works once you activate "
        "it with the PIN that you chose.",
        "セキュリティカードを発送しました",
        "番号の末尾が {serial} のセキュリティカードを発送しました。"
        "お選びいただいた PIN で有効化するまで使用できません。",
    ),
    AlertKind.CARD_PIN_CHANGED: Words(
        "The PIN of your security card was changed",
        "On {at} the PIN of your security card was changed.",
        "セキュリティカードの PIN が変更されました",
        "{at} に、セキュリティカードの PIN が変更されました。",
    ),
}
