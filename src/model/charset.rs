//! Text of bytes whose encoding nobody told, or told wrongly: names in links and headers, pages and lists.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// With fewer bytes beyond ASCII than this, alphabets of one byte a letter cannot be told apart, unless the host's
/// country speaks for one.
const ENOUGH_TO_GUESS: usize = 4;

/// The text of some bytes: UTF-8 where it is, else what they look like to a browser, given the host that they came from.
/// A word or two in a Western language is taken for what it is. What cannot be read is replaced.
pub fn text_of(bytes: &[u8], host: Option<&str>) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => guessed(bytes, host).decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// The encoding of bytes: by their byte order mark, else UTF-8 where they are that, else by their looks.
pub fn encoding_of(bytes: &[u8], host: Option<&str>) -> &'static Encoding {
    match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None if std::str::from_utf8(bytes).is_ok() => UTF_8,
        None => guessed(bytes, host),
    }
}

fn guessed(bytes: &[u8], host: Option<&str>) -> &'static Encoding {
    let country = host.and_then(country);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guess = detector.guess(country.as_deref().map(str::as_bytes), Utf8Detection::Deny);
    let letters = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    let is_told = !guess.is_single_byte() || country.is_some() || letters >= ENOUGH_TO_GUESS;
    if is_told { guess } else { WINDOWS_1252 }
}

/// The top-level domain of a host, where it speaks for an alphabet.
fn country(host: &str) -> Option<String> {
    let last = host.trim_end_matches('.').rsplit('.').next().filter(|last| last.is_ascii())?.to_ascii_lowercase();
    EncodingDetector::tld_may_affect_guess(Some(last.as_bytes())).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{BIG5, EUC_KR, GBK, KOI8_R, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251};

    #[test]
    fn names_are_read_as_they_were_meant() {
        for (encoding, host, name) in [
            (WINDOWS_1252, None, "café.jpg"),
            (WINDOWS_1252, None, "Müller.pdf"),
            (WINDOWS_1252, None, "naïve.jpg"),
            (WINDOWS_1252, None, "é.jpg"),
            (WINDOWS_1252, None, "çà.jpg"),
            (WINDOWS_1252, None, "niño.jpg"),
            (WINDOWS_1252, None, "Ångström.jpg"),
            (WINDOWS_1252, None, "Größe.jpg"),
            (WINDOWS_1252, None, "straße.jpg"),
            (WINDOWS_1252, None, "ÄÖÜ.jpg"),
            (WINDOWS_1252, None, "São Paulo.jpg"),
            (WINDOWS_1252, None, "10°.jpg"),
            (WINDOWS_1252, None, "£5.jpg"),
            (WINDOWS_1252, None, "a – b.jpg"),
            (WINDOWS_1252, None, "à.jpg"),
            (WINDOWS_1252, None, "œuvre.jpg"),
            (WINDOWS_1252, None, "Mañana.jpg"),
            (WINDOWS_1252, None, "élève.jpg"),
            (WINDOWS_1252, None, "Übergröße für Äpfel.jpg"),
            (WINDOWS_1252, None, "España señor niño.jpg"),
            (WINDOWS_1252, None, "été à Orléans.jpg"),
            (WINDOWS_1252, None, "smørrebrød på Ærø.png"),
            (WINDOWS_1252, Some("www.example.de"), "größe.jpg"),
            (WINDOWS_1252, Some("example.io"), "naïve.jpg"),
            (WINDOWS_1252, Some("EXAMPLE.FR"), "naïve.jpg"),
            (WINDOWS_1251, Some("example.ru"), "Я.jpg"),
            (WINDOWS_1251, Some("example.xn--p1ai"), "Я.jpg"),
            (WINDOWS_1252, None, "50 € – “quoted”.txt"),
            (SHIFT_JIS, None, "市場の朝・京都.jpg"),
            (SHIFT_JIS, Some("files.example.jp"), "日本語.txt"),
            (SHIFT_JIS, None, "写真.jpg"),
            (SHIFT_JIS, Some("files.example.jp"), "写真.jpg"),
            (SHIFT_JIS, None, "ファイル.zip"),
            (GBK, None, "中文文件名.zip"),
            (GBK, None, "照片.jpg"),
            (GBK, Some("example.cn"), "照片.jpg"),
            (BIG5, None, "繁體中文檔案.zip"),
            (EUC_KR, None, "한국어 파일.hwp"),
            (EUC_KR, Some("example.kr"), "사진.jpg"),
            (WINDOWS_1251, None, "Фотография.jpg"),
            (WINDOWS_1251, None, "Новый документ.doc"),
            (KOI8_R, None, "Новый документ.doc"),
            (WINDOWS_1250, None, "Žluťoučký kůň.jpg"),
        ] {
            let bytes = encoding.encode(name).0;
            assert_eq!(text_of(&bytes, host), name, "{encoding:?} {host:?}");
        }
        assert_eq!(text_of("日本".as_bytes(), None), "日本");
        assert_eq!(text_of(b"caf\xe9", Some("192.168.0.1")), "café");
        assert_eq!(text_of(b"caf\xe9", Some("\u{e4}.\u{e9}a")), "café");
        assert_eq!(encoding_of(b"\xff\xfea\0", None).name(), "UTF-16LE");
    }
}
