"""The words of printed papers, in both languages; the layouts are beside this file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CardWords:
    """The words of a code card; `how` and `warning` are lines that fit the page's width."""

    title: str
    cut: str
    user: str
    serial: str
    issued: str
    expires: str
    how: tuple[str, ...]
    warning: tuple[str, ...]
    lost: str
    desk: str


_ENGLISH = CardWords(
    title="Online code card",
    cut="Cut along the dashed line.",
    user="User name",
    serial="Card number",
    issued="Issued",
    expires="Valid until",
    how=(
        "When you sign in, you are asked for the codes beside two numbers.",
        "Type both codes one after the other, without a space. Example: for 12 and 45,",
        "the code beside 12 first, then the code beside 45.",
        "The card works after you have answered two numbers once to activate it.",
    ),
    warning=(
        "Never type more than two codes, and type them only on our own site.",
        "We never ask for codes by telephone, mail or message.",
        "Do not photograph or copy the card. Keep it apart from your password.",
        "Delete the file after printing, and destroy the card when it has expired.",
    ),
    lost="Card lost, or seen by somebody? Call us at once: {support}",
    desk="our support desk",
)
_JAPANESE = CardWords(
    title="オンライン・コードカード",
    cut="点線に沿って切り取ってください。",
    user="ユーザー名",
    serial="カード番号",
    issued="発行日時",
    expires="有効期限",
    how=(
        "ログインの際に、二つの番号に対応するコードの入力を求められます。",
        "二つのコードを、空白を入れずに続けて入力してください。例：12番と45番の場合は、",
        "12番のコードに続けて45番のコードを入力します。",
        "カードは、二つの番号に一度お答えいただき、有効化した後にお使いいただけます。",
    ),
    warning=(
        "三つ以上のコードは決して入力しないでください。入力は当社のサイトに限ります。",
        "当社が電話、メール、メッセージでコードをお尋ねすることはありません。",
        "カードの撮影や複写はお控えください。パスワードとは別に保管してください。",
        "印刷後はファイルを削除し、期限の切れたカードは破棄してください。",
    ),
    lost="紛失した場合や他人に見られた場合は、直ちにご連絡ください：{support}",
    desk="当社の窓口",
)


def card_words(language: str) -> CardWords:
    """Return the words of a language; English for one that is not known."""
    return _JAPANESE if language == "ja" else _ENGLISH
