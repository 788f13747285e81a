"""A realistic day of sample statements for the demo: the same day and seed give the same bytes.

Companies, prices and people are invented. How a PDF is written is in `runtime.sample_pdf`.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from random import Random
from xml.sax.saxutils import quoteattr

from strongroom.runtime.sample_pdf import text_pdf

_COMPANIES = (
    ("ALDR", "Alder Mills", "48.20"),
    ("BRKW", "Breakwater Shipping", "112.75"),
    ("CNTR", "Contour Optics", "231.40"),
    ("DNLN", "Downline Rail", "18.65"),
    ("ESTR", "Estuary Foods", "74.05"),
    ("FJRD", "Fjord Power", "39.90"),
    ("GRNT", "Granite & Sons", "156.30"),
    ("HRBR", "Harbour Trust", "91.15"),
)
_CENT = Decimal("0.01")
_FEE_A_SHARE = Decimal("0.005")
_LEAST_FEE = Decimal("1.00")

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Trade:
    time: str
    symbol: str
    quantity: int
    price: Decimal
    fee: Decimal

    @property
    def proceeds(self) -> Decimal:
        return (-self.quantity * self.price).quantize(_CENT)

    @property
    def net(self) -> Decimal:
        return self.proceeds - self.fee


@dataclass(frozen=True, slots=True)
class _Position:
    symbol: str
    name: str
    quantity: int
    price: Decimal

    @property
    def value(self) -> Decimal:
        return (self.quantity * self.price).quantize(_CENT)


@dataclass(frozen=True, slots=True)
class _Book:
    """One account's day, from which every format is written, so that they agree."""

    account: str
    day: date
    trades: tuple[_Trade, ...]
    positions: tuple[_Position, ...]
    opening_cash: Decimal
    dividend: Decimal

    @property
    def closing_cash(self) -> Decimal:
        return self.opening_cash + self.dividend + sum((t.net for t in self.trades), Decimal(0))

    @property
    def net_value(self) -> Decimal:
        return self.closing_cash + sum((p.value for p in self.positions), Decimal(0))


def sample_day(day: date, accounts: Sequence[str], *, seed: int) -> Iterator[tuple[str, bytes]]:
    """File name and content of each sample, four for each account, in the order of delivery.

    Last comes a re-issue: the first account's Activity again, under its old name, with a dividend
    that the first issue did not have.
    """
    books = [_book(account, day, _chance(seed, day, account)) for account in accounts]
    for book in books:
        stem = f"{book.account}_{{}}_{day:%Y%m%d}"
        yield stem.format("Activity") + ".csv", _activity_csv(book, is_corrected=False)
        yield stem.format("TradeConfirmation") + ".xml", _confirmation_xml(book)
        yield stem.format("ActivityFlex") + ".txt", _flex_text(book)
        yield stem.format("DailyStatement") + ".pdf", _statement_pdf(book)
    if books:
        name = f"{books[0].account}_Activity_{day:%Y%m%d}.csv"
        yield name, _activity_csv(books[0], is_corrected=True)


def _chance(seed: int, day: date, account: str) -> Random:
    """Invention, not secrecy: samples have to come out the same each time."""
    digest = sha256(f"{seed} {day} {account}".encode()).digest()
    return Random(int.from_bytes(digest))  # noqa: S311


def _book(account: str, day: date, chance: Random) -> _Book:
    held = chance.sample(_COMPANIES, 5)
    closing = {
        symbol: (Decimal(price) * chance.randint(950, 1050) / 1000).quantize(_CENT)
        for symbol, _, price in held
    }
    trades = []
    for time in sorted(chance.sample(range(34_200, 57_600), chance.randint(3, 8))):
        symbol = chance.choice(held)[0]
        quantity = chance.choice((-1, 1)) * chance.randint(1, 20) * 10
        price = (closing[symbol] * chance.randint(990, 1010) / 1000).quantize(_CENT)
        fee = max(_LEAST_FEE, abs(quantity) * _FEE_A_SHARE).quantize(_CENT)
        stamp = f"{time // 3600:02}{time // 60 % 60:02}{time % 60:02}"
        trades.append(_Trade(stamp, symbol, quantity, price, fee))
    positions = tuple(
        _Position(symbol, name, chance.randint(2, 90) * 10, closing[symbol])
        for symbol, name, _ in sorted(held)
    )
    opening = (Decimal(chance.randint(2_000_000, 90_000_000)) / 100).quantize(_CENT)
    dividend = (Decimal(chance.randint(1_000, 60_000)) / 100).quantize(_CENT)
    return _Book(account, day, tuple(trades), positions, opening, dividend)


def _activity_csv(book: _Book, *, is_corrected: bool) -> bytes:
    """The activity statement; the first issue misses the day's dividend, the corrected has it."""
    missing = Decimal(0) if is_corrected else book.dividend
    rows: list[Row] = [
        ("Statement", "Header", "Field Name", "Field Value"),
        ("Statement", "Data", "Title", "Activity Statement"),
        ("Statement", "Data", "Account", book.account),
        ("Statement", "Data", "Period", f"{book.day:%Y-%m-%d}"),
        ("Trades", "Header", "Symbol", "Time", "Quantity", "Price", "Proceeds", "Fee"),
    ]
    rows += [
        ("Trades", "Data", t.symbol, _clock(t.time), t.quantity, t.price, t.proceeds, -t.fee)
        for t in book.trades
    ]
    rows.append(("Open Positions", "Header", "Symbol", "Name", "Quantity", "Close", "Value"))
    rows += [
        ("Open Positions", "Data", p.symbol, p.name, p.quantity, p.price, p.value)
        for p in book.positions
    ]
    rows.append(("Cash Report", "Header", "Line", "Amount (USD)"))
    rows.append(("Cash Report", "Data", "Starting Cash", book.opening_cash))
    if is_corrected:
        rows.append(("Cash Report", "Data", "Dividends", book.dividend))
    rows.append(("Cash Report", "Data", "Ending Cash", book.closing_cash - missing))
    return _delimited(rows, ",")


def _confirmation_xml(book: _Book) -> bytes:
    day = f"{book.day:%Y%m%d}"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<FlexQueryResponse queryName="TradeConfirmation" type="TCF">',
        '<FlexStatements count="1">',
        f'<FlexStatement accountId="{book.account}" fromDate="{day}" toDate="{day}">',
        "<TradeConfirms>",
    ]
    for number, trade in enumerate(book.trades, start=1):
        attributes = {
            "accountId": book.account,
            "symbol": trade.symbol,
            "tradeID": f"{day}{number:04}",
            "dateTime": f"{day};{trade.time}",
            "buySell": "BUY" if trade.quantity > 0 else "SELL",
            "quantity": trade.quantity,
            "price": trade.price,
            "commission": -trade.fee,
            "netCash": trade.net,
            "currency": "USD",
        }
        spelled = " ".join(f"{key}={quoteattr(str(value))}" for key, value in attributes.items())
        lines.append(f"<TradeConfirm {spelled} />")
    lines += ["</TradeConfirms>", "</FlexStatement>", "</FlexStatements>", "</FlexQueryResponse>"]
    return ("\n".join(lines) + "\n").encode()


def _flex_text(book: _Book) -> bytes:
    """Pipe-delimited Flex text with counts and checksums (RPT-14)."""
    day = f"{book.day:%Y%m%d}"
    trades: list[Row] = [
        (book.account, t.symbol, f"{day};{t.time}", t.quantity, t.price, -t.fee, t.net)
        for t in book.trades
    ]
    positions: list[Row] = [
        (book.account, p.symbol, p.name, p.quantity, p.price, p.value) for p in book.positions
    ]
    rows: list[Row] = [
        ("BOF", book.account, 3, day, day, f"{day};235959", 100, 100),
        ("TRNT", "BOS", "Trades"),
        ("ClientAccountID", "Symbol", "DateTime", "Quantity", "Price", "Fee", "NetTradeMoney"),
        *trades,
        ("TRNT", "EOS", len(trades), sum((t.net for t in book.trades), Decimal(0))),
        ("POST", "BOS", "Open Positions"),
        ("ClientAccountID", "Symbol", "Name", "Quantity", "Close", "PositionValue"),
        *positions,
        ("POST", "EOS", len(positions), sum((p.value for p in book.positions), Decimal(0))),
        ("CRTT", "BOS", "Cash Report"),
        ("ClientAccountID", "Currency", "StartingCash", "EndingCash"),
        (book.account, "USD", book.opening_cash, book.closing_cash),
        ("CRTT", "EOS", 1, 0),
        ("EOF", book.account),
    ]
    return _delimited(rows, "|")


def _statement_pdf(book: _Book) -> bytes:
    lines = [
        "Daily Statement",
        f"Account {book.account}    {book.day:%Y-%m-%d}    base currency USD",
        "",
        f"{'Symbol':<8}{'Name':<24}{'Quantity':>10}{'Close':>12}{'Value':>16}",
    ]
    lines += [
        f"{p.symbol:<8}{p.name:<24}{p.quantity:>10,}{p.price:>12,}{p.value:>16,}"
        for p in book.positions
    ]
    lines += ["", f"{'Time':<10}{'Symbol':<8}{'Quantity':>10}{'Price':>12}{'Fee':>10}{'Net':>20}"]
    lines += [
        f"{_clock(t.time):<10}{t.symbol:<8}{t.quantity:>10,}{t.price:>12,}{t.fee:>10,}{t.net:>20,}"
        for t in book.trades
    ]
    lines += ["", f"{'Starting cash':<54}{book.opening_cash:>16,}"]
    lines += [f"{'Dividends':<54}{book.dividend:>16,}"]
    lines += [f"{'Ending cash':<54}{book.closing_cash:>16,}"]
    lines += [f"{'Net asset value':<54}{book.net_value:>16,}", "", "Sample data. Nothing is real."]
    return text_pdf(lines, f"Daily Statement {book.account}")


def _clock(time: str) -> str:
    return f"{time[:2]}:{time[2:4]}:{time[4:]}"


def _delimited(rows: Sequence[Row], delimiter: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()
