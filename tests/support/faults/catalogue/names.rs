//! Names that servers and links propose. Whatever they are, the file gets a name that is safe everywhere, in the folder that
//! was named and in no other.

use super::super::Fault;
use super::super::Must::{Either, Fail, Succeed};
use super::{HTTP, NO_HTTP, as_it_should_be};

/// Name of the fault, the value of Content-Disposition, and the name that the file must get.
const DISPOSITIONS: [(&str, &[u8], &str); 33] = [
    ("name-quoted", b"attachment; filename=\"a b.bin\"", "a b.bin"),
    ("name-token", b"attachment; filename=plain.bin", "plain.bin"),
    ("name-inline", b"inline; filename=\"inline.bin\"", "inline.bin"),
    ("name-upper-case", b"ATTACHMENT; FILENAME=\"upper.bin\"", "upper.bin"),
    ("name-traversal", b"attachment; filename=\"../../../escaped.bin\"", "escaped.bin"),
    ("name-absolute", b"attachment; filename=\"/etc/cron.d/escaped\"", "escaped"),
    ("name-drive", b"attachment; filename=\"C:\\\\Windows\\\\escaped.bin\"", "escaped.bin"),
    ("name-backslashes", b"attachment; filename=\"..\\..\\escaped.bin\"", "escaped.bin"),
    ("name-escapes", b"attachment; filename=\"a\\\"b;c.bin\"", "a_b;c.bin"),
    ("name-unclosed", b"attachment; filename=\"open.bin", "open.bin"),
    ("name-utf-8", b"attachment; filename*=UTF-8''n%C3%A4h%20%E5%B8%82.bin", "n\u{e4}h \u{5e02}.bin"),
    ("name-latin-1", b"attachment; filename*=ISO-8859-1'de'stra%DFe.bin", "stra\u{df}e.bin"),
    ("name-both", b"attachment; filename=\"old.bin\"; filename*=UTF-8''new.bin", "new.bin"),
    ("name-both-in-other-order", b"attachment; filename*=UTF-8''new.bin; filename=\"old.bin\"", "new.bin"),
    ("name-broken-percent", b"attachment; filename*=UTF-8''%FF%FE.bin; filename=\"spare.bin\"", "spare.bin"),
    ("name-unknown-charset", b"attachment; filename*=martian''x.bin; filename=\"spare.bin\"", "spare.bin"),
    ("name-raw-utf-8", "attachment; filename=\"n\u{e4}h.bin\"".as_bytes(), "n\u{e4}h.bin"),
    ("name-raw-latin-1", b"attachment; filename=\"n\xe4h.bin\"", "n\u{e4}h.bin"),
    ("name-extended-traversal", b"attachment; filename*=UTF-8''..%2F..%2Fescaped.bin", "escaped.bin"),
    ("name-extended-nul", b"attachment; filename*=UTF-8''a%00b.bin", "ab.bin"),
    ("name-extended-line-break", b"attachment; filename*=UTF-8''a%0D%0Ab.bin", "ab.bin"),
    ("name-bidi", b"attachment; filename*=UTF-8''evil%E2%80%AEgpj.exe", "evilgpj.exe"),
    ("name-invisible", b"attachment; filename*=UTF-8''in%E2%80%8Bvis%EF%BB%BFible.bin", "invisible.bin"),
    ("name-empty", b"attachment; filename=\"\"", "file.bin"),
    ("name-blanks", b"attachment; filename=\"   \"", "file.bin"),
    ("name-device", b"attachment; filename=\"CON.txt\"", "_CON.txt"),
    ("name-device-small", b"attachment; filename=\"com1.tar.gz\"", "_com1.tar.gz"),
    ("name-trailing-dots", b"attachment; filename=\"trailing. . .\"", "trailing"),
    ("name-hidden", b"attachment; filename=\".bashrc\"", "_bashrc"),
    ("name-reserved-characters", b"attachment; filename=\"a<b>c|d?e*.bin\"", "a_b_c_d_e_.bin"),
    ("name-stream", b"attachment; filename=\"a.txt:hidden.exe\"", "a.txt_hidden.exe"),
    ("name-none", b"attachment", "file.bin"),
    ("name-nonsense", b";;;===;\"", "file.bin"),
];

/// Those where more than one name would do, or where the answer may be refused.
const ANY_SAFE: [(&str, &[u8]); 13] = [
    ("name-dots", b"attachment; filename=\"..\""),
    ("name-many-dots", b"attachment; filename=\"......\""),
    ("name-slashes", b"attachment; filename=\"///\""),
    ("name-tilde", b"attachment; filename=\"~\""),
    ("name-tab", b"attachment; filename=\"a\tb.bin\""),
    ("name-percent-slash", b"attachment; filename=\"..%2F..%2Fescaped.bin\""),
    ("name-percent-nul", b"attachment; filename=\"a%00b.bin\""),
    ("name-encoded-word", b"attachment; filename=\"=?UTF-8?B?bsOkaC5iaW4=?=\""),
    ("name-encoded-word-traversal", b"attachment; filename=\"=?UTF-8?Q?..=2F..=2Fescaped.bin?=\""),
    ("name-twice-in-one", b"attachment; filename=\"one.bin\"; filename=\"two.bin\""),
    ("name-part", b"attachment; filename=\"half.part\""),
    ("name-like-ours", b"attachment; filename=\".millrace-1\""),
    ("name-device-with-blanks", b"attachment; filename=\"NUL .txt\""),
];

/// The path behind the name of the run, and the name that the file must get, where there is only one that would do.
const LINKS: [(&str, &str, Option<&str>); 17] = [
    ("link-slash-in-a-name", "/a%2Fb.bin", None),
    ("link-backslash-in-a-name", "/a%5C..%5Cb.bin", None),
    ("link-traversal-in-a-name", "/..%2F..%2F..%2Fescaped.bin", Some("escaped.bin")),
    ("link-nul", "/a%00b.bin", Some("ab.bin")),
    ("link-line-break", "/a%0Ab.bin", Some("ab.bin")),
    ("link-bidi", "/evil%E2%80%AEgpj.exe", Some("evilgpj.exe")),
    ("link-dots", "/x/../file.bin", Some("file.bin")),
    ("link-dots-encoded", "/x/%2e%2e/file.bin", Some("file.bin")),
    ("link-slash-at-the-end", "/folder/", None),
    ("link-slashes", "/a//b///file.bin", Some("file.bin")),
    ("link-latin-1", "/n%E4h.bin", Some("n\u{e4}h.bin")),
    ("link-utf-8", "/n\u{e4}h.bin", Some("n\u{e4}h.bin")),
    ("link-broken-percent", "/100%.bin", Some("100%.bin")),
    ("link-device", "/AUX", Some("_AUX")),
    ("link-semicolon", "/file.bin;v=1", None),
    ("link-hidden", "/.profile", Some("_profile")),
    ("link-query-only", "?file=../../x", None),
];

const LEN: u64 = 1000;

pub(super) fn faults() -> Vec<Fault> {
    let mut faults: Vec<Fault> = DISPOSITIONS
        .into_iter()
        .map(|(name, value, expected)| disposed(name, Succeed, &[value]).named(expected))
        .collect();
    faults.extend(ANY_SAFE.into_iter().map(|(name, value)| disposed(name, Succeed, &[value])));
    faults.extend(LINKS.into_iter().map(|(name, path, expected)| {
        let fault = Fault::new(name, Succeed, as_it_should_be).len(LEN).path(path);
        match expected {
            Some(expected) => fault.named(expected),
            None => fault,
        }
    }));
    let long = |letter: &str| format!("attachment; filename*=UTF-8''{}.bin", letter.repeat(300)).into_bytes();
    faults.extend([
        disposed("name-300-letters", Succeed, &[&long("x")]),
        disposed("name-300-umlauts", Succeed, &[&long("%C3%BC")]),
        disposed("name-300-emoji", Succeed, &[&long("%F0%9F%8E%89")]),
        disposed("name-endless", Either(HTTP), &["a".repeat(60_000).as_bytes()]),
        disposed("name-in-two-headers", Succeed, &[b"attachment; filename=one.bin", b"attachment; filename=two.bin"]),
        disposed("name-control-characters", Either(NO_HTTP), &[b"attachment; filename=\"a\x01\x1b[31m\x7fb.bin\""]),
        disposed("name-nul", Fail(NO_HTTP), &[b"attachment; filename=\"a\0b.bin\""]),
        disposed("name-line-break", Either(NO_HTTP), &[b"attachment; filename=\"a\n ../b.bin\""]),
        disposed("name-header-inside", Either(NO_HTTP), &[b"attachment; filename=\"a\r\nX-Evil: \"b.bin\""]),
        Fault::new("link-long", Succeed, as_it_should_be).len(LEN).path(&format!("/{}.bin", "long".repeat(750))),
        Fault::new("link-long-query", Succeed, as_it_should_be)
            .len(LEN)
            .path(&format!("/file.bin?{}", "q".repeat(6000)))
            .named("file.bin"),
        Fault::new("name-page-type", Succeed, |ask| ask.good().with("Content-Type", "text/html"))
            .len(LEN)
            .named("file.bin"),
        Fault::new("type-nonsense", Succeed, |ask| ask.good().with("Content-Type", b"\xff/../../x; y"))
            .len(LEN)
            .named("file.bin"),
    ]);
    faults
}

fn disposed(name: &str, must: super::Must, values: &[&[u8]]) -> Fault {
    let values: Vec<Vec<u8>> = values.iter().map(|value| value.to_vec()).collect();
    Fault::new(name, must, move |ask| {
        values.iter().fold(ask.good(), |reply, value| reply.header("Content-Disposition", value))
    })
    .len(LEN)
}
