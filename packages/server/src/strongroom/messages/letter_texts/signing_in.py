"""The words of mails about registering, passwords, sign-ins and browsers."""

from strongroom.messages.letter_texts.words import Words
from strongroom.rules.alerts import AlertKind

WORDS: dict[AlertKind, Words] = {
    AlertKind.INVITATION: Words(
        "Your access to {firm}",
        "You are invited to choose a user name and a password for your statements. Open this "
        "link until {until}:\n\n{link}\n\n"
        "You also need the telephone that is to receive your codes. The link works once.",
        "{firm} オンラインサービスへのご招待",
        "取引報告書などをご覧いただくための、ユーザー名とパスワードの登録をお願いいたします。"
        "{until} までに次のリンクを開いてください。\n\n{link}\n\n"
        "登録には、確認コードを受け取る電話が必要です。リンクは一度だけ使用できます。",
    ),
    AlertKind.RESET_LINK: Words(
        "Set a new password",
        "Somebody asked to set a new password for your login. If it was you, open this link "
        "within {minutes} minutes:\n\n{link}\n\n"
        "You will also be asked for your second factor. If it was not you, do nothing: your "
        "password stays as it is.",
        "パスワードの再設定",
        "パスワード再設定のお申し込みを受け付けました。お客様ご自身によるものでしたら、"
        "{minutes} 分以内に次のリンクを開いてください。\n\n{link}\n\n"
        "再設定には二要素認証も必要です。お心当たりがない場合は、何もなさらないでください。"
        "パスワードは変更されません。",
    ),
    AlertKind.RESET_UNKNOWN: Words(
        "A new password was asked for",
        "Somebody asked to set a new password and gave this address, but no login belongs to it. "
        "If it was you, try again with your user name.",
        "パスワード再設定のお申し込みについて",
        "このメールアドレスでパスワード再設定のお申し込みがありましたが、登録が見つかりません"
        "でした。お客様ご自身によるものでしたら、ユーザー名を入力してもう一度お試しください。",
    ),
    AlertKind.EMAIL_CODE: Words(
        "{code} is your confirmation number",
        "Enter this number to confirm your mail address: {code}\n\n"
        "It is valid for {minutes} minutes. If you did not ask for it, tell {support}.",
        "確認番号: {code}",
        "メールアドレスを確認するため、次の番号を入力してください: {code}\n\n"
        "有効期限は {minutes} 分です。お心当たりがない場合は、{support} へご連絡ください。",
    ),
    AlertKind.PASSWORD_CHANGED: Words(
        "Your password was changed",
        "The password of your login was changed on {at}. All other sessions were ended.",
        "パスワードが変更されました",
        "{at} にパスワードが変更されました。ほかのログインはすべて終了しました。",
    ),
    AlertKind.PASSWORD_RESET: Words(
        "Your password was set anew",
        "A new password was set with a link from a mail on {at}. All sessions were ended, and no "
        "browser is trusted any more.",
        "パスワードが再設定されました",
        "{at} に、メールのリンクからパスワードが再設定されました。すべてのログインを終了し、"
        "信頼済みブラウザーの登録を解除しました。",
    ),
    AlertKind.NEW_BROWSER: Words(
        "A sign-in from a new browser",
        "Your login was used on {at} from a browser that we have not seen before.",
        "新しいブラウザーからのログイン",
        "{at} に、これまで使用されていないブラウザーからログインがありました。",
    ),
    AlertKind.LAST_TRY: Words(
        "Wrong answers for your second factor",
        "Several wrong answers were given for a second factor of your login, the last on {at}. "
        "One more and it is blocked.\n"
        "Factor: {factor} {label}",
        "認証手段の入力の誤りが続いています",
        "認証手段の入力の誤りが続いています（最後の試行: {at}）。もう一度誤ると停止します。\n"
        "認証手段: {factor} {label}",
    ),
    AlertKind.LOCKED_OUT: Words(
        "Your login is locked for a while",
        "After too many failed tries your login is locked until {until}. Browsers that you trust "
        "can still sign in. You need to do nothing but wait.",
        "ログインを一時的にロックしました",
        "ログインの失敗が続いたため、{until} までロックしました。信頼済みのブラウザーからは"
        "引き続きログインできます。時間が経てば自動的に解除されます。",
    ),
    AlertKind.OPERATOR_LOCKED: Words(
        "Your login was locked by the firm",
        "The firm locked your login on {at}. Ask {support} what to do.",
        "当社によりログインがロックされました",
        "{at} に、当社がお客様のログインをロックしました。{support} へお問い合わせください。",
    ),
    AlertKind.SESSIONS_ENDED: Words(
        "All your sessions were ended",
        "All sessions of your login were ended on {at}. Sign in again where you need it.",
        "すべてのログインを終了しました",
        "{at} に、お客様のすべてのログインを終了しました。必要に応じて再度ログインしてください。",
    ),
    AlertKind.BROWSER_TRUSTED: Words(
        "A browser is trusted now",
        "On {at} a browser was put on the list of those that you trust.",
        "信頼済みブラウザーが追加されました",
        "{at} に、信頼済みブラウザーが追加されました。",
    ),
    AlertKind.BROWSER_STOLEN: Words(
        "A browser is not trusted any more",
        "On {at} an old sign of a trusted browser was used again. Somebody may have copied it, so "
        "that browser is not trusted any more. Change your password if you cannot explain it.",
        "信頼済みブラウザーの登録を解除しました",
        "{at} に、信頼済みブラウザーの古い識別情報が使用されました。複製されたおそれがあるため、"
        "登録を解除しました。お心当たりがない場合は、パスワードを変更してください。",
    ),
    AlertKind.OPTED_OUT: Words(
        "The second factor is asked for less often",
        "On {at} your login was opted out of two-factor login for trading platforms. The portal "
        "asks for a second factor as before.",
        "二要素認証の一部を無効にしました",
        "{at} に、取引プラットフォームでの二要素認証が無効になりました。"
        "ポータルでは引き続き二要素認証が必要です。",
    ),
    AlertKind.OPTED_IN: Words(
        "The second factor is asked for everywhere",
        "On {at} your login was opted in to two-factor login everywhere.",
        "二要素認証を有効にしました",
        "{at} に、すべてのサービスで二要素認証が有効になりました。",
    ),
    AlertKind.USER_CLOSED: Words(
        "Your login can only read from now on",
        "Your login was closed on {at}. You can still sign in and read your statements.",
        "お客様のログインは閲覧専用になりました",
        "{at} に、お客様のログインは閲覧専用になりました。"
        "取引報告書などは引き続きご覧いただけます。",
    ),
    AlertKind.SECURITY_STATEMENT: Words(
        "Your security statement for {month} is ready",
        "The security statement for {month} lists your devices, sign-ins and changes. It lies "
        "with your other statements.",
        "{month} のセキュリティ報告書をご用意しました",
        "{month} の認証手段、ログイン、変更の一覧を記載したセキュリティ報告書を、"
        "ほかの報告書と同じ場所にご用意しました。",
    ),
}
