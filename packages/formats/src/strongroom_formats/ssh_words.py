"""Fingerprints in words, so that two people can compare them by telephone.

The list is part of the format: it never changes, and both ends must have the same.
"""

WORD_COUNT = 10
"""Ten words are 80 bits: enough that nobody can make a second key with the same words."""

_TEXT = (
    "acid acorn actor adobe agent album alley amber anchor angle ankle apple "
    "april apron arena arrow atlas attic aunt autumn bacon badge baker bamboo "
    "banjo barrel basil basket beach beaver bench berry bicycle bingo bishop bison "
    "blanket blossom bonus bottle branch bread bridge bronze bubble bucket butter "
    "cabin cactus camel candle canoe canyon carbon carpet castle cello cement chalk "
    "cherry chess chimney circus citrus clover cobra coconut coffee comet compass "
    "copper coral cotton cousin coyote cradle crayon cricket crystal curtain cushion daisy "
    "dancer decade denim desert diamond dinner doctor dolphin donkey dragon drawer eagle "
    "earth easel echo elbow ember engine envelope equator essay evening fabric "
    "falcon family feather fiddle finger flame flute forest fossil fountain freckle frog "
    "galaxy garden garlic gazelle ginger giraffe glacier glove goblet gorilla grape gravel "
    "guitar hammer harbour harp hazel helmet hermit hockey honey hotel husky iceberg "
    "igloo indigo infant insect iron island ivory jacket jaguar jasmine jelly jewel "
    "jigsaw jockey jungle kayak kernel kettle kidney kingdom kitten koala ladder lagoon "
    "lantern laptop lava lemon leopard lettuce lilac lizard lobster locust lumber magnet "
    "mammoth mango maple marble meadow melon mirror monkey mosaic muffin museum mustard "
    "napkin nectar needle nephew nickel noodle nutmeg oasis ocean olive onion opera "
    "orbit orchid otter oxygen oyster paddle panda paper parrot peanut pebble pepper "
    "piano pigeon pillow pirate planet plum pocket potato prairie pumpkin puzzle quarry "
    "quiver rabbit radio raisin ribbon robot rocket saddle salmon sandal saturn scooter "
    "shadow silver spider sponge stadium sunset tango teapot tiger tomato tulip "
    "turtle umbrella velvet violin wagon walnut window zebra"
)

WORDS = tuple(_TEXT.split())
"""The 256 words, in the order of the bytes that they stand for."""


def fingerprint_words(digest: bytes) -> tuple[str, ...]:
    """The first ten bytes of a SHA-256 `digest` as words. Raises ValueError for another length."""
    if len(digest) != 32:
        raise ValueError("a SHA-256 digest has 32 bytes")
    return tuple(WORDS[byte] for byte in digest[:WORD_COUNT])
