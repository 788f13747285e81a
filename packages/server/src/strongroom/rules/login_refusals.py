"""The ways in which the login of people and the portal say no; see `refusals` for what a kind is.

Sentences are shown to people in both languages: the portal's catalogues translate them.
"""

from strongroom.rules.refusals import Audience, Exit, RefusalKind

# Signing in

LOGIN_WRONG = RefusalKind(
    "E-LOGIN-1",
    "This user name and password do not belong together. Check Caps Lock: user names are typed in "
    "lower case.",
    audience=Audience.ANYONE,
)
FACTOR_WRONG = RefusalKind(
    "E-LOGIN-2",
    "The login failed. Try again with a new code.",
    audience=Audience.ANYONE,
)
SIGN_IN_OVER = RefusalKind(
    "SIGN-IN-OVER",
    "This login took too long or was ended. Begin again with user name and password.",
    audience=Audience.ANYONE,
)
SESSION_OVER = RefusalKind(
    "SESSION-OVER",
    "You are signed out. Sign in to go on.",
    audience=Audience.ANYONE,
)
STEP_UP_NEEDED = RefusalKind(
    "STEP-UP-NEEDED",
    "Confirm that it is you: this needs a fresh code or your passkey.",
    audience=Audience.RECIPIENT,
)
TOO_MANY_TRIES = RefusalKind(
    "TOO-MANY-TRIES",
    "There were too many tries. Wait {minutes} minutes, then try again.",
    Exit.TRY_AGAIN,
    audience=Audience.ANYONE,
)
LOGIN_BUSY = RefusalKind(
    "LOGIN-BUSY",
    "Very many people sign in at this moment. Try again in a few seconds.",
    Exit.TRY_AGAIN,
    audience=Audience.ANYONE,
)
CHALLENGE_OVER = RefusalKind(
    "E-DSC-1",
    "This code has expired. Begin again with a new one.",
    audience=Audience.ANYONE,
)
LINK_OVER = RefusalKind(
    "LINK-OVER",
    "This link was used already or is too old. If something looks wrong, call us.",
    audience=Audience.ANYONE,
)
RESET_OVER = RefusalKind(
    "RESET-OVER",
    "This link was used already or is too old. Ask for a new one.",
    audience=Audience.ANYONE,
)
RESET_UNPROVED = RefusalKind(
    "RESET-UNPROVED",
    "Prove one of your factors first; the link alone does not change the password.",
    audience=Audience.ANYONE,
)


# What a session may do

CHANGES_FROZEN = RefusalKind(
    "CHANGES-FROZEN",
    "After a change of factor or contact this waits until {until}, so that a stranger gains "
    "nothing. Call us if you need it before.",
    audience=Audience.RECIPIENT,
)
PHONE_NEEDED = RefusalKind(
    "PHONE-NEEDED",
    "Verify a mobile number first: until then you may look, but change nothing.",
    audience=Audience.RECIPIENT,
)
SCOPE_CODE_CARD = RefusalKind(
    "SCOPE-CODE-CARD",
    "Your temporary code is older than two days: it only prints a code card.",
    audience=Audience.RECIPIENT,
)
SCOPE_READ_ONLY = RefusalKind(
    "SCOPE-READ-ONLY",
    "This access is closed: you may read and download, but change nothing.",
    audience=Audience.RECIPIENT,
)


# Passwords

PASSWORD_CHARACTERS = RefusalKind(
    "PASSWORD-CHARACTERS",
    "A password cannot have control characters such as tabs and line breaks.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)
PASSWORD_COMMON = RefusalKind(
    "PASSWORD-COMMON",
    "This password is one of those that thieves try first. Choose another one.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)
PASSWORD_DIGIT = RefusalKind(
    "PASSWORD-DIGIT",
    "A password needs at least one digit.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)
PASSWORD_LETTER = RefusalKind(
    "PASSWORD-LETTER",
    "A password needs at least one letter.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)
PASSWORD_LIST = RefusalKind(
    "PASSWORD-LIST",
    "The list of common passwords is missing or damaged, so no password can be set: {why}. "
    "Install the product again.",
    Exit.CONFIGURATION,
)
PASSWORD_LONG = RefusalKind(
    "PASSWORD-LONG",
    "A password has at most {most} characters; this one has {length}.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)
PASSWORD_NAMED = RefusalKind(
    "PASSWORD-NAMED",
    "A password cannot have your user name, your mail address or our name in it.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)
PASSWORD_OLD = RefusalKind(
    "PASSWORD-OLD",
    "The old password is not right. Check Caps Lock.",
    audience=Audience.RECIPIENT,
)
PASSWORD_SAME = RefusalKind(
    "PASSWORD-SAME",
    "This is your password already. Choose another one.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)
PASSWORD_SHORT = RefusalKind(
    "PASSWORD-SHORT",
    "A password needs at least {least} characters; this one has {length}.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)


# A user's factors

FACTOR_ENROLLED = RefusalKind(
    "FACTOR-ENROLLED",
    "A login that was begun with the password alone sets up the first factor only. Use one of "
    "yours, or call us.",
    audience=Audience.ANYONE,
)
FACTOR_LAST = RefusalKind(
    "FACTOR-LAST",
    "This is your last factor. Set up another one first: signing in needs one.",
    audience=Audience.RECIPIENT,
)
FACTOR_OFF = RefusalKind(
    "FACTOR-OFF",
    "This kind of second factor is not offered here. Use another one.",
    audience=Audience.ANYONE,
)
FACTOR_UNKNOWN = RefusalKind(
    "FACTOR-UNKNOWN",
    "There is no such factor among yours that can be used now.",
    Exit.NOT_FOUND,
    audience=Audience.ANYONE,
)


# Users and their rights

USER_CLOSED = RefusalKind(
    "USER-CLOSED",
    "{name} is closed and can only be looked at. A closed user is never opened again.",
)
USER_CODE = RefusalKind(
    "USER-CODE",
    "This invitation code is not known, was taken back or is no longer good. Compare it with the "
    "letter it came in, or ask for a new one.",
    audience=Audience.ANYONE,
)
USER_EMAIL = RefusalKind(
    "USER-EMAIL",
    "This is not a mail address of at most 254 characters, such as name@example.com.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)
USER_FIELD = RefusalKind("USER-FIELD", "The {field} of a user {why}.", Exit.BAD_INPUT)
USER_INVITATION_UNKNOWN = RefusalKind(
    "USER-INVITATION-UNKNOWN",
    "No open invitation has the number {number}. `strongroom user invitations` lists them.",
    Exit.NOT_FOUND,
)
USER_LETTERS = RefusalKind(
    "USER-LETTERS",
    "Choose exactly five letters from a to z, all in lower case.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)
USER_LETTERS_TAKEN = RefusalKind(
    "USER-LETTERS-TAKEN",
    "No more user names can be made of these letters. Choose others.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)
USER_LETTERS_UNFIT = RefusalKind(
    "USER-LETTERS-UNFIT",
    "These letters cannot be used. Choose others.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)
USER_RIGHT = RefusalKind(
    "USER-RIGHT",
    "Account {account} cannot have another user of this kind ({role}): {why}.",
    Exit.BAD_INPUT,
)
USER_RIGHT_UNKNOWN = RefusalKind(
    "USER-RIGHT-UNKNOWN", "{name} has no right at account {account}.", Exit.NOT_FOUND
)
USER_RIGHTS_NONE = RefusalKind(
    "USER-RIGHTS-NONE",
    "A user needs at least one account: name it with --primary, --second or --attorney.",
    Exit.USAGE,
)
SECOND_FACTOR_RIGHT = RefusalKind(
    "SECOND-FACTOR-RIGHT",
    "{name} has no right at any account of recipient {login}, so no code of that user can open it. "
    "Give the right with `strongroom user right`, or name another user.",
    Exit.BAD_INPUT,
)
SECOND_FACTOR_WORDS = RefusalKind(
    "SECOND-FACTOR-WORDS", "Give either --user NAME or --off.", Exit.USAGE
)
USER_UNKNOWN = RefusalKind(
    "USER-UNKNOWN",
    "There is no user {name}. `strongroom user list` shows who there is.",
    Exit.NOT_FOUND,
)
NOT_ALLOWED = RefusalKind(
    "NOT-ALLOWED",
    "Your user may not do this for account {account}.",
    audience=Audience.RECIPIENT,
)
NOT_PRIMARY = RefusalKind(
    "E-SEC-1",
    "Only the primary user {primary} may change these security settings.",
    audience=Audience.RECIPIENT,
)


# Addresses that a user may sign in from

RESTRICTED_ADDRESS = RefusalKind(
    "RESTRICTED-ADDRESS",
    "Your user may not sign in from the address {address}. Use one of the addresses that you "
    "listed, or call us.",
    audience=Audience.RECIPIENT,
)
RESTRICTED_TRIAL = RefusalKind(
    "RESTRICTED-TRIAL",
    "The new list of addresses does not hold {address}. Confirm it from a listed address; "
    "otherwise the old list comes back by itself at {until}.",
    audience=Audience.RECIPIENT,
)
RESTRICTION_ADDRESS = RefusalKind(
    "RESTRICTION-ADDRESS",
    "{text} is no address that people sign in from. Write one such as 198.51.100.7 or "
    "2001:db8::7, or a network such as 198.51.100.0/24.",
    Exit.BAD_INPUT,
    audience=Audience.RECIPIENT,
)
RESTRICTION_DONE = RefusalKind(
    "RESTRICTION-DONE",
    "This change of addresses was already confirmed, cancelled or rolled back.",
    audience=Audience.RECIPIENT,
)
RESTRICTION_LISTED = RefusalKind(
    "RESTRICTION-LISTED",
    "{text} is already on the list.",
    Exit.BAD_INPUT,
    audience=Audience.RECIPIENT,
)
RESTRICTION_MANY = RefusalKind(
    "RESTRICTION-MANY",
    "A user can have at most {most} addresses. Remove one, or list a network.",
    Exit.BAD_INPUT,
    audience=Audience.RECIPIENT,
)
RESTRICTION_PRIVATE = RefusalKind(
    "RESTRICTION-PRIVATE",
    "{text} is an address inside your own network, which we never see. List the public address "
    "of your connection, and only if it stays the same.",
    Exit.BAD_INPUT,
    audience=Audience.RECIPIENT,
)
RESTRICTION_SAME = RefusalKind(
    "RESTRICTION-SAME",
    "Nothing would change: this is the list as it is.",
    Exit.BAD_INPUT,
    audience=Audience.RECIPIENT,
)
RESTRICTION_SPELLING = RefusalKind(
    "RESTRICTION-SPELLING",
    "{text} can be read in two ways. Write {suggestion}.",
    Exit.BAD_INPUT,
    audience=Audience.RECIPIENT,
)
RESTRICTION_UNKNOWN = RefusalKind(
    "RESTRICTION-UNKNOWN",
    "There is no such change of addresses.",
    Exit.NOT_FOUND,
    audience=Audience.RECIPIENT,
)
RESTRICTION_UNLISTED = RefusalKind(
    "RESTRICTION-UNLISTED",
    "Your address {address} is not on the new list, so it cannot be confirmed from here. Confirm "
    "from a listed address, or do nothing: the old list comes back by itself.",
    audience=Audience.RECIPIENT,
)
RESTRICTION_WAITING = RefusalKind(
    "RESTRICTION-WAITING",
    "A change of addresses is waiting. Confirm or cancel it first.",
    audience=Audience.RECIPIENT,
)
RESTRICTION_WIDE = RefusalKind(
    "RESTRICTION-WIDE",
    "{network} is too wide to protect you. List single addresses, or networks of /{least} and "
    "longer.",
    Exit.BAD_INPUT,
    audience=Audience.RECIPIENT,
)


# Opting out

OPT_IN_FACTOR = RefusalKind(
    "OPT-IN-FACTOR",
    "Set up a lasting factor first: a passkey, the app, a card or a mobile number.",
    audience=Audience.RECIPIENT,
)
OPT_OUT_DONE = RefusalKind(
    "OPT-OUT-DONE", "This is already so: nothing was changed.", audience=Audience.RECIPIENT
)
OPT_OUT_RESIDENCE = RefusalKind(
    "OPT-OUT-RESIDENCE",
    "The law of your place of residence does not let you opt out of two-factor login.",
    audience=Audience.RECIPIENT,
)
OPT_OUT_RESIDENCE_UNKNOWN = RefusalKind(
    "OPT-OUT-RESIDENCE-UNKNOWN",
    "We do not know your place of residence, which decides whether you may opt out. Call us.",
    audience=Audience.RECIPIENT,
)


# The portal

PORTAL_OFF = RefusalKind(
    "PORTAL-OFF",
    "The portal has no address: set portal.listen, for example to 127.0.0.1:8044.",
    Exit.CONFIGURATION,
)


# Codes by SMS and call

CALLBACK_SIGNATURE = RefusalKind(
    "CALLBACK-SIGNATURE",
    "This call-back is not signed with the secret that was agreed on, or is too old.",
    audience=Audience.ANYONE,
)
CALLBACK_UNREADABLE = RefusalKind(
    "CALLBACK-UNREADABLE",
    "This call-back cannot be read: {why}.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)
LETTER_UNKNOWN = RefusalKind(
    "LETTER-UNKNOWN",
    "No message with this handle is known. Send the report again in a minute.",
    Exit.NOT_FOUND,
    audience=Audience.ANYONE,
)
SMS_BLOCKED = RefusalKind(
    "SMS-BLOCKED",
    "No code can be sent to this number now. Use another factor, or see why codes do not arrive.",
    audience=Audience.RECIPIENT,
)
SMS_BUDGET = RefusalKind(
    "SMS-BUDGET",
    "Too many codes were sent. Wait {minutes} minutes, or use another factor.",
    Exit.TRY_AGAIN,
    audience=Audience.RECIPIENT,
)
SMS_SOON = RefusalKind(
    "SMS-SOON",
    "A code was just sent. A new one can be asked for in {seconds} seconds.",
    Exit.TRY_AGAIN,
    audience=Audience.RECIPIENT,
)


# Mail addresses of people

EMAIL_CHANGE_OVER = RefusalKind(
    "EMAIL-CHANGE-OVER",
    "This change of the mail address is over. Begin again.",
    audience=Audience.RECIPIENT,
)
EMAIL_CODE = RefusalKind(
    "EMAIL-CODE",
    "This is not the number that we mailed. Look at the newest mail, or ask for a new number.",
    audience=Audience.RECIPIENT,
)
EMAIL_SAME = RefusalKind(
    "EMAIL-SAME",
    "This is your mail address already.",
    audience=Audience.RECIPIENT,
)
EMAIL_SOON = RefusalKind(
    "EMAIL-SOON",
    "A mail with a number left a moment ago. Another one can follow in {seconds} seconds.",
    Exit.TRY_AGAIN,
    audience=Audience.RECIPIENT,
)


# Telephone numbers

PHONE_BAD = RefusalKind(
    "PHONE-BAD",
    "{number} is not a number of the country that you chose. Choose the number's own country and "
    "type it as you dial it there, or with + and the country's code.",
    audience=Audience.RECIPIENT,
)
PHONE_CODE = RefusalKind(
    "PHONE-CODE",
    "This is not the code that we sent. Look at the newest message, or ask for a new code.",
    audience=Audience.RECIPIENT,
)
PHONE_COOLING = RefusalKind(
    "PHONE-COOLING",
    "The number {number} was changed a short time ago and takes login codes from {since} on. Use "
    "your former number or another factor until then.",
    audience=Audience.RECIPIENT,
)
PHONE_COUNTRY = RefusalKind(
    "PHONE-COUNTRY",
    "No codes are sent to numbers of this country. Give a mobile number of another country.",
    audience=Audience.RECIPIENT,
)
PHONE_FIXED = RefusalKind(
    "PHONE-FIXED",
    "{number} is a fixed line, which takes no SMS. Give a mobile number.",
    audience=Audience.RECIPIENT,
)
PHONE_HOURS = RefusalKind(
    "PHONE-HOURS",
    "Hours are whole hours of the day: from 0 to 23, and to another one from 1 to 24.",
    audience=Audience.RECIPIENT,
)
PHONE_JOINT = RefusalKind(
    "PHONE-JOINT",
    "Another holder of your joint account uses this number. Each of you needs a number of your "
    "own.",
    audience=Audience.RECIPIENT,
)
PHONE_LABEL = RefusalKind(
    "PHONE-LABEL",
    "A number's name has at most 40 printable characters.",
    audience=Audience.RECIPIENT,
)
PHONE_LAST = RefusalKind(
    "PHONE-LAST",
    "{number} is the only number that your login codes can go to, and SMS is your only factor. "
    "Verify another number or set up another factor first.",
    audience=Audience.RECIPIENT,
)
PHONE_LONG = RefusalKind(
    "PHONE-LONG",
    "A telephone number has at most 18 characters.",
    audience=Audience.RECIPIENT,
)
PHONE_MANY = RefusalKind(
    "PHONE-MANY",
    "You have {most} numbers, and more are not possible. Remove one first.",
    audience=Audience.RECIPIENT,
)
PHONE_PAGER = RefusalKind(
    "PHONE-PAGER",
    "{number} is a pager. Give a mobile number.",
    audience=Audience.RECIPIENT,
)
PHONE_PREMIUM = RefusalKind(
    "PHONE-PREMIUM",
    "{number} is a premium-rate number. Give a mobile number.",
    audience=Audience.RECIPIENT,
)
PHONE_SERVICE = RefusalKind(
    "PHONE-SERVICE",
    "{number} is a service number. Give a mobile number.",
    audience=Audience.RECIPIENT,
)
PHONE_SHARED_COST = RefusalKind(
    "PHONE-SHARED-COST",
    "{number} is a shared-cost number. Give a mobile number.",
    audience=Audience.RECIPIENT,
)
PHONE_SWAPPED = RefusalKind(
    "PHONE-SWAPPED",
    "The SIM card of {number} was replaced a short time ago, so no codes go there until {since}. "
    "Use another factor, or call us.",
    audience=Audience.RECIPIENT,
)
PHONE_TWICE = RefusalKind(
    "PHONE-TWICE",
    "{number} is among your numbers already.",
    audience=Audience.RECIPIENT,
)
PHONE_UNKNOWN = RefusalKind(
    "PHONE-UNKNOWN",
    "There is no such number among yours.",
    Exit.NOT_FOUND,
    audience=Audience.RECIPIENT,
)
PHONE_UNVERIFIED = RefusalKind(
    "PHONE-UNVERIFIED",
    "{number} is not verified. Enter the code that an SMS brings there first.",
    audience=Audience.RECIPIENT,
)
PHONE_VERIFIED = RefusalKind(
    "PHONE-VERIFIED",
    "{number} is verified already.",
    audience=Audience.RECIPIENT,
)
PHONE_VIRTUAL = RefusalKind(
    "PHONE-VIRTUAL",
    "{number} is a virtual number, which is refused to prevent fraud. Give the number of a SIM "
    "card.",
    audience=Audience.RECIPIENT,
)
SMS_RETIRED = RefusalKind(
    "SMS-RETIRED",
    "You have the app or a security card, which take the place of SMS.",
    audience=Audience.RECIPIENT,
)
VOICE_NEEDS_SMS = RefusalKind(
    "VOICE-NEEDS-SMS",
    "A call brings the code only where SMS is a factor. Set up SMS first.",
    audience=Audience.RECIPIENT,
)


# Factors

CARD_ACCOUNT = RefusalKind(
    "CARD-ACCOUNT",
    "The account {account} is not an open account of yours.",
    Exit.NOT_FOUND,
    audience=Audience.RECIPIENT,
)
CARD_ADDRESS = RefusalKind(
    "CARD-ADDRESS",
    "A card is sent to an address of 10 to 500 characters in 2 to 8 lines. Correct the address.",
    Exit.BAD_INPUT,
    audience=Audience.RECIPIENT,
)
CARD_EQUITY = RefusalKind(
    "CARD-EQUITY",
    "A security card needs an account with {least} US dollars or more.",
    audience=Audience.RECIPIENT,
)
CARD_HERE_ALREADY = RefusalKind(
    "CARD-HERE-ALREADY",
    "The card {serial} is here already. Nothing was imported.",
    Exit.BAD_INPUT,
)
CARD_NEEDS_FACTOR = RefusalKind(
    "CARD-NEEDS-FACTOR",
    "Activate another second factor first; a security card is ordered after that.",
    audience=Audience.RECIPIENT,
)
CARD_NOT_IN_STOCK = RefusalKind(
    "CARD-NOT-IN-STOCK",
    "There is no card {serial} in stock. `strongroom card list` shows those there are.",
    Exit.NOT_FOUND,
)
CARD_ORDERED_ALREADY = RefusalKind(
    "CARD-ORDERED-ALREADY",
    "A security card is on its way already. Cancel that order first.",
    audience=Audience.RECIPIENT,
)
CARD_ORDER_STATE = RefusalKind(
    "CARD-ORDER-STATE",
    "This order is {state}, so this cannot be done with it.",
    audience=Audience.RECIPIENT,
)
CARD_ORDER_UNKNOWN = RefusalKind(
    "CARD-ORDER-UNKNOWN",
    "There is no order {order}.",
    Exit.NOT_FOUND,
    audience=Audience.RECIPIENT,
)
CARD_PIN = RefusalKind(
    "CARD-PIN",
    "A PIN has four digits, and neither all alike nor in a row such as 1234. Choose another.",
    Exit.BAD_INPUT,
    audience=Audience.RECIPIENT,
)
CARD_PIN_TWICE = RefusalKind(
    "CARD-PIN-TWICE",
    "The two PINs are not the same. Type the same four digits in both places.",
    Exit.BAD_INPUT,
    audience=Audience.RECIPIENT,
)
CARD_SUITE = RefusalKind(
    "CARD-SUITE",
    "Cards with the suite {suite} cannot be used for signing in. A card shows a numeric or "
    "alphanumeric challenge of 4 to 8 characters and answers with 6 to 10 digits.",
    Exit.BAD_INPUT,
)
FACTOR_COPIED = RefusalKind(
    "FACTOR-COPIED",
    "This answer is an old one: the device may have been copied. It is suspended for safety. Sign "
    "in with another one, or call us.",
    audience=Audience.ANYONE,
)
FACTOR_OVER = RefusalKind(
    "FACTOR-OVER",
    "This has expired and cannot be used any more. Sign in with another device, or call us.",
    audience=Audience.ANYONE,
)
OCRA_INPUT = RefusalKind(
    "OCRA-INPUT",
    "What was given does not fit the suite {suite}.",
    Exit.BAD_INPUT,
)
OCRA_SUITE = RefusalKind(
    "OCRA-SUITE",
    "{suite!r} is not an OCRA suite (RFC 6287 section 6).",
    Exit.BAD_INPUT,
)
PASSKEY_REFUSED = RefusalKind(
    "PASSKEY-REFUSED",
    "This passkey cannot be used here. Open this site in the browser itself, at its own address, "
    "and try again.",
    audience=Audience.ANYONE,
)
PSKC_BROKEN = RefusalKind(
    "PSKC-BROKEN",
    "The card file cannot be used: {why}.",
    Exit.BAD_INPUT,
)
PSKC_KEY = RefusalKind(
    "PSKC-KEY",
    "The keys in the card file cannot be opened: {why}. Use the key or password that the vendor "
    "sent for this very file.",
    Exit.BAD_INPUT,
)
RECOVERY_SPENT = RefusalKind(
    "RECOVERY-SPENT",
    "All recovery codes are used. Sign in with another device, or call us.",
    audience=Audience.ANYONE,
)
SHARE_IDENTITY = RefusalKind(
    "SHARE-IDENTITY",
    "A card is shared between the user names of one and the same person. The firm's records do "
    "not say that these two are; call us.",
    audience=Audience.RECIPIENT,
)
SHARE_NOTHING = RefusalKind(
    "SHARE-NOTHING",
    "That user name has no security card that can be shared here.",
    audience=Audience.RECIPIENT,
)
SHARE_TEMPORARY = RefusalKind(
    "SHARE-TEMPORARY",
    "While one of the two user names has a temporary code or an online code card, nothing is "
    "shared. Activate a permanent device first.",
    audience=Audience.RECIPIENT,
)
TEMPORARY_AGAIN = RefusalKind(
    "TEMPORARY-AGAIN",
    "{user} had a temporary code last time too, and has used no other device since. Print the "
    "online code card, or activate a device.",
)
TEMPORARY_OVER = RefusalKind(
    "TEMPORARY-OVER",
    "The temporary code has expired. Call us.",
    audience=Audience.ANYONE,
)


# Secrets at rest

SEAL_BROKEN = RefusalKind(
    "SEAL-BROKEN",
    "The sealed secret of {row} cannot be opened: keys/login.key is another one, or the row was "
    "changed. Restore both from the same back-up.",
    Exit.CONFIGURATION,
)


# Statements in the portal

ARCHIVE_EMPTY = RefusalKind(
    "ARCHIVE-EMPTY",
    "Choose at least one statement first.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
ARCHIVE_RESTRICTED = RefusalKind(
    "ARCHIVE-RESTRICTED",
    "With a temporary code you can look at statements one by one, but not take many at once. Sign "
    "in with a factor of your own.",
    audience=Audience.RECIPIENT,
)
ARCHIVE_TOO_BIG = RefusalKind(
    "ARCHIVE-TOO-BIG",
    "This is too much for one archive: at most {most} statements and {megabytes} MB. Choose fewer.",
    Exit.BAD_INPUT,
    Audience.RECIPIENT,
)
STATEMENT_CLEAR_WITHHELD = RefusalKind(
    "STATEMENT-CLEAR-WITHHELD",
    "{firm} hands this account's statements out encrypted only. Take the encrypted file and open "
    "it with the key it was made for.",
    audience=Audience.RECIPIENT,
)
STATEMENT_FILE_AWAY = RefusalKind(
    "STATEMENT-FILE-AWAY",
    "This file cannot be read at the moment. Try again in a few minutes.",
    Exit.UNAVAILABLE,
    Audience.RECIPIENT,
)
STATEMENT_NOT_THERE = RefusalKind(
    "STATEMENT-NOT-THERE",
    "There is no such statement in your accounts.",
    Exit.NOT_FOUND,
    Audience.RECIPIENT,
)


# Single sign-on of the firm's other systems

PARTY_ADDRESS = RefusalKind(
    "PARTY-ADDRESS",
    "A browser cannot be sent back to {address!r}: {why}.",
    Exit.BAD_INPUT,
)
PARTY_EXISTS = RefusalKind(
    "PARTY-EXISTS",
    "The id {party} is taken, by a system that is or was registered. Choose another.",
    Exit.BAD_INPUT,
)
PARTY_ID = RefusalKind(
    "PARTY-ID",
    "{party!r} is no id: 3 to 48 of a to z, 0 to 9 and hyphen, a letter first.",
    Exit.BAD_INPUT,
)
PARTY_NAME = RefusalKind(
    "PARTY-NAME", "A system needs a name of 1 to 100 printable characters.", Exit.BAD_INPUT
)
PARTY_UNKNOWN = RefusalKind(
    "PARTY-UNKNOWN",
    "No system {party} uses this login. `strongroom party list` shows those that do.",
    Exit.NOT_FOUND,
)
SIGN_ON_ACCOUNT = RefusalKind(
    "SIGN-ON-ACCOUNT",
    "{party} needs an open account, and you have none. Statements and tax forms stay here.",
    audience=Audience.RECIPIENT,
)
SIGN_ON_CODE = RefusalKind(
    "SIGN-ON-CODE",
    "This code was not made for you, was used already, or is too old.",
    audience=Audience.ANYONE,
)
SIGN_ON_OFF = RefusalKind(
    "SIGN-ON-OFF",
    "Signing in to other systems with this login is not set up here.",
    Exit.NOT_FOUND,
    audience=Audience.ANYONE,
)
SIGN_ON_REQUEST = RefusalKind(
    "SIGN-ON-REQUEST",
    "The system that you came from asked in a way that is not allowed. Begin there again; if it "
    "happens again, tell us.",
    Exit.BAD_INPUT,
    audience=Audience.ANYONE,
)
SIGN_ON_TOKEN = RefusalKind(
    "SIGN-ON-TOKEN", "This token is not known, or is over.", audience=Audience.ANYONE
)
