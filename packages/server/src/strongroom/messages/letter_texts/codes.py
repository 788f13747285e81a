"""The words of codes by SMS and call: each purpose has its own, so none passes for another.

They are put together in `rendering`.
"""

from strongroom.messages.letter_texts.words import Both, Language
from strongroom.rules.alerts import CodePurpose

SMS: dict[CodePurpose, Both] = {
    CodePurpose.SIGN_IN: Both(
        "{firm}: {code} signs you in. Valid for {minutes} minutes. We never ask you for it.",
        "{firm}: ログイン用の確認コードは {code} です。有効期限は {minutes} 分です。"
        "当社からコードをお尋ねすることはありません。",
    ),
    CodePurpose.STEP_UP: Both(
        "{firm}: {code} confirms a change or another protected step that you began. If you did "
        "not, tell nobody and call us.",
        "{firm}: 設定変更などの重要な操作の確認コードは {code} です。"
        "お心当たりがない場合は、誰にも教えずに当社へご連絡ください。",
    ),
    CodePurpose.ENROL: Both(
        "{firm}: {code} ADDS A DEVICE to your login. If you are not adding one, tell nobody and "
        "call us.",
        "{firm}: 【認証手段の追加】確認コードは {code} です。追加の操作をしていない場合は、"
        "誰にも教えずに当社へご連絡ください。",
    ),
    CodePurpose.VERIFY_PHONE: Both(
        "{firm}: {code} verifies this mobile number. Valid for {minutes} minutes.",
        "{firm}: この電話番号の確認コードは {code} です。有効期限は {minutes} 分です。",
    ),
    CodePurpose.RESET: Both(
        "{firm}: {code} SETS A NEW PASSWORD. If you did not ask for that, tell nobody and call us.",
        "{firm}: 【パスワードの再設定】確認コードは {code} です。お心当たりがない場合は、"
        "誰にも教えずに当社へご連絡ください。",
    ),
    CodePurpose.SFTP: Both(
        "{firm}: {code} opens an SFTP session. Valid for {minutes} minutes.",
        "{firm}: SFTP 接続の確認コードは {code} です。有効期限は {minutes} 分です。",
    ),
    CodePurpose.SHARE: Both(
        "{firm}: {code} lets ANOTHER USER NAME use your security card. If you did not agree to "
        "that, tell nobody and call us.",
        "{firm}: 【セキュリティカードの共有】別のユーザー名に共有を許可する確認コードは {code} "
        "です。同意していない場合は、誰にも教えずに当社へご連絡ください。",
    ),
}

SPOKEN: dict[CodePurpose, Both] = {
    CodePurpose.SIGN_IN: Both("It signs you in", "ログイン用です"),
    CodePurpose.STEP_UP: Both("It confirms a protected step", "重要な操作の確認用です"),
    CodePurpose.ENROL: Both("It adds a device to your login", "認証手段の追加用です"),
    CodePurpose.VERIFY_PHONE: Both("It verifies this number", "この電話番号の確認用です"),
    CodePurpose.RESET: Both("It sets a new password", "パスワードの再設定用です"),
    CodePurpose.SFTP: Both("It opens an S F T P session", "SFTP 接続用です"),
    CodePurpose.SHARE: Both(
        "It lets another user name use your security card",
        "別のユーザー名とのカード共有用です",
    ),
}

GREETING: dict[Language, str] = {
    Language.ENGLISH: "Hello. This is {firm} with a code that you asked for. {purpose}. Press any "
    "key to hear it. If you did not ask for a code, hang up.",
    Language.JAPANESE: "{firm} です。ご依頼の確認コードをお知らせします。{purpose}。"
    "コードを聞くには、いずれかの数字キーを押してください。"
    "お心当たりがない場合は、このまま電話をお切りください。",
}

READING: dict[Language, str] = {
    Language.ENGLISH: "Your code is: {digits}. Once more: {digits}. Goodbye.",
    Language.JAPANESE: "確認コードは、{digits}、です。繰り返します。{digits}、です。"
    "お電話ありがとうございました。",
}

DIGITS: dict[Language, tuple[str, ...]] = {
    Language.ENGLISH: (
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
    ),
    Language.JAPANESE: (
        "ゼロ",
        "いち",
        "に",
        "さん",
        "よん",
        "ご",
        "ろく",
        "なな",
        "はち",
        "きゅう",
    ),
}
"""Spelled out, so that no voice reads a number as one word or leaves its zeros out."""
