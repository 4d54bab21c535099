//! The messages of RFC 4475, written anew from what it says of each, sent to the real listener by a trunk. Each has one right outcome.

use plugboard_phone_media::g711::Law;
use plugboard_phone_peers::Telephone;
use plugboard_phone_tests::{
    CALLER, desk,
    raw::{Raw, code},
};
use serde_json::json;

/// What comes of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    /// It is understood, and answered in the end with this: 404 where it calls somebody whom we do not know.
    Answered(u16),
    /// It cannot be answered by the rules, or is an answer to nothing.
    Silent,
    /// Either a refusal with this code, or silence: the RFC leaves it open.
    Refused(u16),
}

use Outcome::{Answered, Refused, Silent};

/// Sections of the RFC, and how each message differs from an ordinary one: the method, what is replaced by what.
struct Case {
    section: &'static str,
    method: &'static str,
    changes: &'static [(&'static str, &'static str)],
    outcome: Outcome,
}

/// A message to somebody who is not here: what is understood of it is answered with 404.
fn ordinary(trunk: &Raw, name: &str, method: &str) -> String {
    let here = trunk.here;
    let body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n";
    let body = if method == "INVITE" { body } else { "" };
    format!(
        "{method} sip:vivekg@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{name};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:caller@{here}>;tag=f{name}\r\nTo: <sip:vivekg@192.0.2.1>\r\nCall-ID: {name}@{here}\r\nCSeq: 1 {method}\r\n\
         Contact: <sip:caller@{here}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

const fn case(
    section: &'static str,
    method: &'static str,
    changes: &'static [(&'static str, &'static str)],
    outcome: Outcome,
) -> Case {
    Case {
        section,
        method,
        changes,
        outcome,
    }
}

const TO: &str = "To: <sip:vivekg@192.0.2.1>";
const LINE: &str = " sip:vivekg@192.0.2.1 SIP/2.0";
const MAX: &str = "Max-Forwards: 70";

/// Messages that are right, however they look.
const RIGHT: &[Case] = &[
    case(
        "3.1.1.1 a short tortuous INVITE",
        "INVITE",
        &[
            (TO, "TO :\r\n sip:vivekg@192.0.2.1 ;   tag_    = none"),
            (
                MAX,
                "MaX-fOrWaRdS: 0068\r\nNewFangledHeader:   newfangled value\r\n continued newfangled value\r\n\
              UnknownHeaderWithUnusualValue: ;;,,;;,;",
            ),
            ("CSeq: 1 INVITE", "cseq: 0009\r\n  INVITE"),
            ("Content-Type: application/sdp", "c: application/sdp"),
            ("Content-Length", "l"),
            ("Contact: <", "m:\"Quoted string \\\"\\\"\" <"),
        ],
        Answered(404),
    ),
    case(
        "3.1.1.2 a wide range of valid characters",
        "!interesting-Method0123456789_*+`.%indeed'~",
        &[
            (
                TO,
                "To: \"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7F\" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com>",
            ),
            (
                MAX,
                "Max-Forwards: 255\r\nextensionHeader-!.%*+_`'~: \u{FEFF}\u{5927}\u{505C}\u{96FB}",
            ),
        ],
        Answered(405),
    ),
    case(
        "3.1.1.3 escapes in names",
        "INVITE",
        &[
            (LINE, " sip:sips%3Auser%40example.com@example.net SIP/2.0"),
            (TO, "To: sip:%75se%72@example.com"),
        ],
        Answered(404),
    ),
    case(
        "3.1.1.4 escaped nulls in names",
        "REGISTER",
        &[
            (TO, "To: sip:null-%00-null@example.com"),
            (
                "Contact: <",
                "Contact: <sip:%00@host5.example.com>\r\nContact: <",
            ),
        ],
        Answered(403),
    ),
    case(
        "3.1.1.5 a percent that escapes nothing",
        "RE%47IST%45R",
        &[(TO, "To: \"%Z%45\" <sip:resource@example.com>")],
        Answered(405),
    ),
    case(
        "3.1.1.6 no space before an address",
        "OPTIONS",
        &[
            ("From: <", "From: caller<"),
            (TO, "To: vivekg<sip:vivekg@192.0.2.1>"),
        ],
        Answered(200),
    ),
    case(
        "3.1.1.7 long values",
        "INVITE",
        &[
            (
                TO,
                "To: \"I have a user name of extremeextremeextremeextremeextremeextremeextremeextremeextremeextreme proportion\"\
              <sip:vivekg@192.0.2.1:6000;unknownparam1=verylonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglongvalue>",
            ),
            (
                MAX,
                "Max-Forwards: 70\r\nUnknown-LongLongLongLongLongLongLongLongLongLongLongLongLongLongLongLongLongLong-Name: \
              unknown-longlonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglong-value",
            ),
            (
                "Contact",
                "Via: SIP/2.0/TCP sip33.example.com\r\nV: SIP/2.0/UDP sip32.example.com,SIP/2.0/UDP sip31.example.com\r\nContact",
            ),
        ],
        Answered(404),
    ),
    case(
        "3.1.1.8 more bytes behind the end",
        "REGISTER",
        &[(
            "Content-Length: 0\r\n\r\n",
            "Content-Length: 0\r\n\r\nINVITE sip:joe@example.com SIP/2.0\r\n\r\n",
        )],
        Answered(403),
    ),
    case(
        "3.1.1.9 parameters in the name of who is called",
        "OPTIONS",
        &[(LINE, " sip:user;par=u%40example.net@example.com SIP/2.0")],
        Answered(200),
    ),
    case(
        "3.1.1.10 transports of all kinds",
        "OPTIONS",
        &[(
            "Contact",
            "Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKb\r\nVia: SIP/2.0/TLS t3.example.com;branch=z9hG4bKc\r\n\
              Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKd\r\nContact",
        )],
        Answered(200),
    ),
    case(
        "3.1.1.11 a body of many parts",
        "MESSAGE",
        &[
            (
                "application/sdp",
                "multipart/mixed; boundary=7a9cbec02ceef655",
            ),
            (
                "Content-Length: 0\r\n\r\n",
                "Content-Length: 52\r\n\r\n--7a9cbec02ceef655\r\n\r\nHello\r\n--7a9cbec02ceef655--\r\n\0\x01",
            ),
        ],
        Answered(405),
    ),
    case(
        "3.1.1.12 an unusual reason of an answer",
        "OPTIONS",
        &[(
            "OPTIONS sip:vivekg@192.0.2.1 SIP/2.0",
            "SIP/2.0 200 = 2**3 * 5**2 \u{43D}\u{43E} \u{441}\u{442}\u{43E}",
        )],
        Silent,
    ),
    case(
        "3.1.1.13 an answer without a reason",
        "OPTIONS",
        &[("OPTIONS sip:vivekg@192.0.2.1 SIP/2.0", "SIP/2.0 100 ")],
        Silent,
    ),
];

/// Messages that are wrong.
const WRONG: &[Case] = &[
    case(
        "3.1.2.1 separators where nothing is",
        "INVITE",
        &[
            ("CSeq: 1 INVITE", "CSeq: 1 INVITE;;,;,,"),
            ("Contact: <", "Contact: \"Joe\" <sip:joe@example.org>;;;;,<"),
        ],
        Refused(400),
    ),
    case(
        "3.1.2.2 a length beyond the message",
        "INVITE",
        &[("Content-Length: ", "Content-Length: 9999\r\nX: ")],
        Refused(400),
    ),
    case(
        "3.1.2.3 a negative length",
        "INVITE",
        &[("Content-Length: ", "Content-Length: -999\r\nX: ")],
        Refused(400),
    ),
    case(
        "3.1.2.4 numbers that are too large",
        "REGISTER",
        &[
            ("CSeq: 1 REGISTER", "CSeq: 36893488147419103232 REGISTER"),
            (
                MAX,
                "Max-Forwards: 300\r\nExpires: 10000000000000000000000000000",
            ),
            (
                "Contact: <",
                "Contact: <sip:user@host129.example.com>;expires=280297596632815\r\nContact: <",
            ),
        ],
        Refused(400),
    ),
    case(
        "3.1.2.5 numbers of an answer that are too large",
        "OPTIONS",
        &[
            (
                "OPTIONS sip:vivekg@192.0.2.1 SIP/2.0",
                "SIP/2.0 503 Service Unavailable",
            ),
            ("CSeq: 1", "CSeq: 9292394834772304023312"),
            (
                MAX,
                "Retry-After: 949302838503028349304023988\r\nWarning: 1812 overture \"x\"",
            ),
        ],
        Silent,
    ),
    case(
        "3.1.2.6 a quotation that never ends",
        "INVITE",
        &[(TO, "To: \"Mr. J. User <sip:j.user@example.com>")],
        Refused(400),
    ),
    case(
        "3.1.2.7 brackets around who is called",
        "INVITE",
        &[(LINE, " <sip:user@example.com> SIP/2.0")],
        Refused(400),
    ),
    case(
        "3.1.2.8 spaces within who is called",
        "INVITE",
        &[(LINE, " sip:user@example.com; lr SIP/2.0")],
        Refused(400),
    ),
    case(
        "3.1.2.9 many spaces in the first line",
        "INVITE",
        &[(LINE, "  sip:user@example.com  SIP/2.0")],
        Refused(400),
    ),
    case(
        "3.1.2.10 spaces at the end of the first line",
        "OPTIONS",
        &[(" SIP/2.0\r\nVia: ", " SIP/2.0  \r\nVia: ")],
        Refused(400),
    ),
    case(
        "3.1.2.11 headers in who is called",
        "INVITE",
        &[(
            LINE,
            " sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0",
        )],
        Refused(404),
    ),
    case(
        "3.1.2.12 a date of no zone",
        "INVITE",
        &[(
            MAX,
            "Max-Forwards: 70\r\nDate: Fri, 01 Jan 2010 16:00:00 EST",
        )],
        Answered(404),
    ),
    case(
        "3.1.2.13 a contact without brackets",
        "REGISTER",
        &[(
            "Contact: <",
            "Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E\r\nX: <",
        )],
        Refused(403),
    ),
    case(
        "3.1.2.14 spaces within an address",
        "OPTIONS",
        &[(TO, "To: < sip:t.watson@example.org >")],
        Refused(200),
    ),
    case(
        "3.1.2.15 letters in a name that want quotes",
        "OPTIONS",
        &[
            ("From: <", "From: Bell, Alexander <"),
            (TO, "To: Watson, Thomas <sip:t.watson@example.org>"),
        ],
        Refused(200),
    ),
    case(
        "3.1.2.16 a version that nobody knows",
        "OPTIONS",
        &[(" SIP/2.0\r\nVia: SIP/2.0", " SIP/7.0\r\nVia: SIP/7.0")],
        Refused(505),
    ),
    case(
        "3.1.2.17 two methods",
        "OPTIONS",
        &[("CSeq: 1 OPTIONS", "CSeq: 8 INVITE")],
        Refused(400),
    ),
    case(
        "3.1.2.18 two methods, one unknown",
        "NEWMETHOD",
        &[("CSeq: 1 NEWMETHOD", "CSeq: 8 INVITE")],
        Refused(400),
    ),
    case(
        "3.1.2.19 a code beyond all",
        "OPTIONS",
        &[(
            "OPTIONS sip:vivekg@192.0.2.1 SIP/2.0",
            "SIP/2.0 4294967301 better not break the receiver",
        )],
        Silent,
    ),
    case(
        "3.2.1 a name of a transaction that is none",
        "OPTIONS",
        &[(";branch=z9hG4bK", ";branch=z9hG4bK;x=")],
        Refused(200),
    ),
    case(
        "3.3.1 what must be there is not",
        "INVITE",
        &[("Call-ID", "X"), ("From", "Y"), (TO, "Z: z")],
        Refused(400),
    ),
    case(
        "3.3.2 a scheme that nobody knows",
        "OPTIONS",
        &[(LINE, " nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0")],
        Answered(416),
    ),
    case(
        "3.3.3 a scheme that others use",
        "OPTIONS",
        &[(LINE, " soap.beep://192.0.2.103:3002 SIP/2.0")],
        Answered(416),
    ),
    case(
        "3.3.4 schemes of others in headers",
        "REGISTER",
        &[
            (TO, "To: <isbn:2983792873>"),
            ("Contact: <", "Contact: <name:John_Smith>\r\nX: <"),
        ],
        Refused(403),
    ),
    case(
        "3.3.5 extensions that are required",
        "OPTIONS",
        &[(
            MAX,
            "Max-Forwards: 70\r\nRequire: nothingSupportsThis, nothingSupportsThisEither\r\nProxy-Require: noProxiesSupportThis",
        )],
        Answered(420),
    ),
    case(
        "3.3.6 a body of no known kind",
        "INVITE",
        &[("application/sdp", "application/unknownformat")],
        Answered(415),
    ),
    case(
        "3.3.7 an unknown kind of authorization",
        "REGISTER",
        &[(
            MAX,
            "Max-Forwards: 70\r\nAuthorization: NoOneKnowsThisScheme opaque-data=here",
        )],
        Answered(403),
    ),
    case(
        "3.3.8 headers twice that are there once",
        "INVITE",
        &[
            ("Call-ID: ", "Call-ID: other\r\nCall-ID: "),
            ("CSeq: ", "CSeq: 59 INVITE\r\nCSeq: "),
            ("From: ", "From: <sip:other@example.net>;tag=2\r\nFrom: "),
        ],
        Refused(400),
    ),
    case(
        "3.3.9 two lengths",
        "OPTIONS",
        &[(
            "Content-Length: 0",
            "Content-Length: 13\r\nContent-Length: 0",
        )],
        Refused(400),
    ),
    case(
        "3.3.10 an answer by a way that all hear",
        "OPTIONS",
        &[
            ("OPTIONS sip:vivekg@192.0.2.1 SIP/2.0", "SIP/2.0 200 OK"),
            (
                "SIP/2.0/UDP 127",
                "SIP/2.0/UDP 255.255.255.255;branch=z9hG4bKx\r\nVia: SIP/2.0/UDP 127",
            ),
        ],
        Silent,
    ),
    case(
        "3.3.11 no forwards left",
        "OPTIONS",
        &[(MAX, "Max-Forwards: 0")],
        Answered(200),
    ),
    case(
        "3.3.12 a registration with a parameter of the contact",
        "REGISTER",
        &[(
            "Contact: <",
            "Contact: sip:+19725552222@gw1.example.net;unknownparam\r\nX: <",
        )],
        Answered(403),
    ),
    case(
        "3.3.13 a registration with a parameter of the address",
        "REGISTER",
        &[(
            "Contact: <",
            "Contact: <sip:+19725552222@gw1.example.net;unknownparam>\r\nX: <",
        )],
        Answered(403),
    ),
    case(
        "3.3.14 a registration with a header in the address",
        "REGISTER",
        &[(
            "Contact: <",
            "Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>\r\nX: <",
        )],
        Answered(403),
    ),
    case(
        "3.3.15 a description that could not be answered",
        "INVITE",
        &[(MAX, "Max-Forwards: 70\r\nAccept: text/nobodyKnowsThis")],
        Refused(406),
    ),
    case(
        "3.4.1 an invitation of before 2002",
        "INVITE",
        &[
            (";rport", ""),
            (";branch=z9hG4bK", ";x="),
            (MAX, "X: x"),
            ("Contact: <", "Record-Route: <sip:x.example>\r\nY: <"),
        ],
        Refused(404),
    ),
];

/// The last answer that is not provisional.
async fn outcome(trunk: &Raw, message: &str) -> (Option<u16>, Vec<String>) {
    let said = trunk.ask(message).await;
    let mut codes = said.iter().filter_map(|it| code(it));
    (codes.rfind(|it| *it >= 200), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_of_the_torture_set_has_its_outcome_and_calls_go_on() {
    let (desk, _directory) = desk(json!({})).await;
    let mut wrong = Vec::new();
    for (nth, it) in RIGHT.iter().chain(WRONG).enumerate() {
        // Each from a place of its own, so that what is repeated of one is not heard as an answer to another.
        let trunk = Raw::at([127, 0, 0, 1], desk.sip).await;
        let mut message = ordinary(&trunk, &format!("t{nth}"), it.method);
        for (from, to) in it.changes {
            assert!(
                message.contains(from),
                "{}: {from:?} is not there",
                it.section
            );
            message = message.replacen(from, to, 1);
        }
        let (code, said) = outcome(&trunk, &message).await;
        let right = match it.outcome {
            Answered(wanted) => code == Some(wanted),
            Silent => said.is_empty(),
            Refused(wanted) => {
                code.is_none()
                    || code == Some(wanted)
                    || code.is_some_and(|it| (400..600).contains(&it))
            }
        };
        if !right {
            wrong.push(format!("{}: {code:?}, not {:?}", it.section, it.outcome));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(desk.calls("live").await.unwrap().is_empty());
    assert!(
        desk.calls("ended").await.unwrap().is_empty(),
        "no call was made"
    );
    let trunk = Raw::at([127, 0, 0, 1], desk.sip).await;
    assert!(trunk.alive(0).await.is_some());
    let caller = Telephone::call(desk.sip, CALLER, Law::A).await;
    caller.is_up().await;
    caller.hang_up().await;
}
