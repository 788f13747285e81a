"""What the worker does for logins: lists of addresses that nobody confirmed go back, numbers
that were replaced end, old lines are forgotten, and the monthly security statements are made.

What each of it means is in `strongroom.login` and `strongroom.statements`.
"""

from strongroom.audit.act import Act
from strongroom.login import forgetting, history
from strongroom.login.contact import phone_enrolment
from strongroom.login.entry import lockout
from strongroom.login.house import LoginHouse
from strongroom.login.parties import sign_on
from strongroom.login.safety import restricting
from strongroom.runtime import registry
from strongroom.statements import security_statements
from strongroom.statements.pipeline import Pipeline
from strongroom.statements.security_statements import Press


def keep_logins(pipeline: Pipeline, house: LoginHouse, act: Act) -> int:
    """Do one round; returns how much moved on. Safe to repeat."""
    forgetting.forget_old(act)
    history.forget_old(act)
    lockout.forget_old(act)
    sign_on.forget_old(act)
    press = Press(registry.print_security_statement, house.herald)
    moved = restricting.roll_back_due(house=house, act=act)
    moved += phone_enrolment.finish_changes(house, act)
    return moved + security_statements.make_due(pipeline, press, act)
