from tests.rights import SIGNED_IN, Right

RIGHTS = {
    "competencies:list": Right(SIGNED_IN),
    "competencies:mine": Right(SIGNED_IN),
    "competencies:evidence": Right(SIGNED_IN),
    "competencies:profiles": Right(SIGNED_IN),
    "competencies:profile": Right(SIGNED_IN, args=lambda: ["RP-01"]),
    "competencies:competency": Right(SIGNED_IN, args=lambda: ["NET-01"]),
}
