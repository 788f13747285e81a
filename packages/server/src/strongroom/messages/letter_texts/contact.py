"""The words of mails about addresses, numbers, restrictions and keys."""

from strongroom.messages.letter_texts.words import Words
from strongroom.rules.alerts import AlertKind

WORDS: dict[AlertKind, Words] = {
    AlertKind.EMAIL_CHANGED_OLD: Words(
        "Your mail address is being changed",
        "On {at} the mail address of your login was changed to {new}. This is the last message "
        "to the old address. Until {until} you can undo the change here:\n\n{undo}",
        "メールアドレスが変更されました",
        "{at} に、メールアドレスが {new} に変更されました。"
        "変更前のアドレスへのご連絡はこれが最後です。{until} までは、次のリンクから変更を"
        "取り消すことができます。\n\n{undo}",
    ),
    AlertKind.EMAIL_CHANGED_NEW: Words(
        "This is your new mail address",
        "From now on we write to this address. Until {until} the change can be undone from the "
        "old one, and some settings cannot be changed.",
        "新しいメールアドレスのご登録",
        "今後はこのアドレスへご連絡いたします。{until} までは以前のアドレスから変更を"
        "取り消すことができ、その間は一部の設定を変更できません。",
    ),
    AlertKind.EMAIL_UNDONE: Words(
        "Your mail address was changed back",
        "On {at} the change of your mail address was undone. If somebody else made the change, "
        "they know your password: set a new one.",
        "メールアドレスの変更を取り消しました",
        "{at} に、メールアドレスの変更を取り消しました。第三者による変更であった場合は、"
        "パスワードが知られています。ただちに再設定してください。",
    ),
    AlertKind.PHONE_ADDED: Words(
        "A telephone number was added",
        "On {at} the number {number} was added to your login.",
        "電話番号が追加されました",
        "{at} に、電話番号 {number} がログインに追加されました。",
    ),
    AlertKind.PHONE_REMOVED: Words(
        "A telephone number was removed",
        "On {at} the number {number} was removed from your login.",
        "電話番号が削除されました",
        "{at} に、電話番号 {number} がログインから削除されました。",
    ),
    AlertKind.RESTRICTION_CHANGED: Words(
        "Your list of addresses was changed",
        "On {at} the list of addresses from which your login may be used was changed.\n"
        "From now on: {networks}\n"
        "Unless it is confirmed from one of them, it goes back at {until}.",
        "接続元アドレスの制限が変更されました",
        "{at} に、ログインできる接続元アドレスの制限が変更されました。\n"
        "変更後: {networks}\n"
        "これらのアドレスからの確認がない場合、{until} に元に戻ります。",
    ),
    AlertKind.RESTRICTION_ROLLED_BACK: Words(
        "Your list of addresses went back",
        "On {at} the change of your list of addresses was taken back, because nobody confirmed "
        "it.\nIn force again: {networks}",
        "接続元アドレスの制限を元に戻しました",
        "確認がなかったため、{at} に接続元アドレスの変更を元に戻しました。\n現在の設定: {networks}",
    ),
    AlertKind.RESTRICTION_REMOVED: Words(
        "Your list of addresses was removed",
        "On {at} the list of addresses was removed. Your login may be used from anywhere.",
        "接続元アドレスの制限が解除されました",
        "{at} に、接続元アドレスの制限が解除されました。どこからでもログインできます。",
    ),
    AlertKind.KEY_REGISTERED: Words(
        "A key was registered for {login}",
        "On {at} the key {fingerprint} was registered for the SFTP login {login}.",
        "{login} の鍵が登録されました",
        "{at} に、SFTP ログイン {login} の鍵 {fingerprint} が登録されました。",
    ),
    AlertKind.KEY_REFUSED: Words(
        "A key for {login} was refused",
        "On {at} a key that was sent for the SFTP login {login} was refused.",
        "{login} の鍵は登録されませんでした",
        "{at} に、SFTP ログイン {login} 宛に送られた鍵は登録されませんでした。",
    ),
    AlertKind.KEY_REVOKED: Words(
        "A key of {login} was revoked",
        "On {at} the key {fingerprint} of the SFTP login {login} was revoked.",
        "{login} の鍵が失効しました",
        "{at} に、SFTP ログイン {login} の鍵 {fingerprint} が失効しました。",
    ),
    AlertKind.SFTP_NEW_ADDRESS: Words(
        "{login} was used from a new address",
        "On {at} the SFTP login {login} was used for the first time from the listed address "
        "{address}.",
        "{login} が新しい接続元から使用されました",
        "{at} に、SFTP ログイン {login} が、登録済みの接続元 {address} から初めて使用されました。",
    ),
    AlertKind.DELIVERY_FAILED: Words(
        "Statements for {login} could not be delivered",
        "Statements for {login} could not be delivered on {at}. Sign in to see why.",
        "{login} 宛の報告書をお届けできませんでした",
        "{at} に、{login} 宛の報告書をお届けできませんでした。理由はログインしてご確認ください。",
    ),
}
