//! Metalinks: lists of files with their addresses, sizes and checksums, in XML. Version 4 (RFC 5854), and version 3, which
//! most files called `.metalink` are.
//!
//! The parser takes no document types, so no entity can grow, and keeps nesting in a list and not on the stack.

use super::folder::Subfolders;
use super::{link, list};
use crate::model::checksum::Algorithm;
use crate::model::{Checksum, ErrorKind, Failure, JobSpec, LinkDetails, filename, xml};
use roxmltree::{Document, Node, ParsingOptions};
use std::path::{Path, PathBuf};

/// The extensions of Metalinks.
const EXTENSIONS: [&str; 2] = ["meta4", "metalink"];

/// The largest one that is read, in bytes.
const MAX_BYTES: usize = 64 << 20;

/// Elements and texts that one may have.
const MAX_NODES: u32 = 2_000_000;

/// Further addresses kept for a file.
const MAX_MIRRORS: usize = 50;

/// The place of an address that tells none: after all others.
const LAST: i64 = 999_999;

/// Whether a path is named like a Metalink.
pub(super) fn is_metalink(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// Whether a text is one, whatever it is called. A list of links never begins so.
pub(super) fn looks_like_one(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

/// Jobs for the files of a Metalink. `shown` is what the person calls it.
pub(super) fn jobs(bytes: &[u8], shown: &str) -> Result<Vec<JobSpec>, Failure> {
    if bytes.len() > MAX_BYTES {
        let sentence = format!("{shown} is too large for a Metalink: more than {} MiB", MAX_BYTES >> 20);
        return Err(Failure::new(ErrorKind::Limit, sentence));
    }
    let text = list::decoded(bytes);
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let no_metalink = |why: String| {
        Failure::new(ErrorKind::Unsupported, format!("{shown} is not a Metalink that can be read: {why}"))
    };
    if !xml::is_soon_parsed(&text) {
        return Err(no_metalink("it has more attributes or namespaces than anybody gives to one".to_owned()));
    }
    let document = Document::parse_with_options(&text, options).map_err(|error| no_metalink(error.to_string()))?;
    let root = document.root_element();
    if root.tag_name().name() != "metalink" {
        return Err(no_metalink(format!("it begins with <{}>", root.tag_name().name())));
    }
    let mut subfolders = Subfolders::default();
    let jobs: Vec<JobSpec> = named(root, "file", "files").map(|file| job(file, &mut subfolders, shown)).collect();
    if jobs.is_empty() { Err(no_metalink("it names no files".to_owned())) } else { Ok(jobs) }
}

fn job(file: Node<'_, '_>, subfolders: &mut Subfolders, shown: &str) -> JobSpec {
    let name = file.attribute("name").unwrap_or_default().trim();
    let addresses = addresses(file);
    let mut fetchable = addresses.iter().filter_map(|address| link::parse(address).ok().map(|url| (*address, url)));
    let refused = |why: String| {
        let input = addresses.first().copied().unwrap_or(if name.is_empty() { shown } else { name });
        link::refused(input, Failure::new(ErrorKind::Unsupported, format!("\"{name}\" in {shown} {why}")))
    };
    let Some((address, url)) = fetchable.next() else {
        return refused("has no address that can be fetched; Millrace fetches http and https links".to_owned());
    };
    let checksum = match checksum(file) {
        Ok(checksum) => checksum,
        Err(why) => return refused(format!("has a checksum that makes no sense: {why}")),
    };
    let size = named(file, "size", "").find_map(|size| Some(size.text()?.trim()).filter(|size| !size.is_empty()));
    let size: Option<u64> = match size.map(str::parse).transpose() {
        Ok(size) => size,
        Err(_) => return refused(format!("has a size that is no number: \"{}\"", size.unwrap_or_default())),
    };
    if checksum.is_none()
        && named(file, "hash", "verification").chain(named(file, "pieces", "verification")).count() > 0
    {
        tracing::warn!("\"{name}\" in {shown} is not checked: it has only checksums of other kinds, or of pieces");
    }
    let mut mirrors: Vec<String> = Vec::new();
    for (_, mirror) in fetchable.filter(|(_, mirror)| *mirror != url).take(MAX_MIRRORS) {
        if !mirrors.iter().any(|known| known == mirror.as_str()) {
            mirrors.push(mirror.into());
        }
    }
    let (subfolder, name) = place(name, subfolders);
    link::with_details(address, LinkDetails { name, checksum, mirrors, size, subfolder })
}

/// The addresses of a file, best first.
fn addresses<'a>(file: Node<'a, '_>) -> Vec<&'a str> {
    let urls = named(file, "url", "resources");
    let mut ranked: Vec<(i64, &str)> = urls.filter_map(|url| Some((rank(url), url.text()?.trim()))).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, address)| address).collect()
}

/// Version 4 has priorities, of which 1 is the best; version 3 preferences, of which 100 is.
fn rank(url: Node<'_, '_>) -> i64 {
    let number = |name| url.attribute(name).and_then(|text| text.trim().parse::<i32>().ok()).map(i64::from);
    number("priority").or_else(|| number("preference").map(|preference| LAST - preference)).unwrap_or(LAST)
}

/// The strongest checksum of the whole file. Those of other kinds are passed over.
fn checksum(file: Node<'_, '_>) -> Result<Option<Checksum>, String> {
    let known = named(file, "hash", "verification")
        .filter_map(|hash| Some((hash.attribute("type").and_then(Algorithm::named)?, hash.text().unwrap_or_default())));
    let strongest = known.max_by_key(|(algorithm, _)| *algorithm);
    let checksum = strongest.map(|(algorithm, text)| Checksum::from_hex(algorithm, text));
    checksum.transpose().map_err(|error| error.to_string())
}

/// The folder below the output folder and the name that a file asks for, both safe.
fn place(name: &str, subfolders: &mut Subfolders) -> (PathBuf, Option<String>) {
    let mut parts: Vec<&str> = name.split(['/', '\\']).filter(|part| filename::has_name(part)).collect();
    let last = parts.pop().map(filename::sanitized);
    (subfolders.safe(&parts.iter().collect::<PathBuf>()), last)
}

/// The children with a name, here and in the elements that version 3 wraps them in. In any namespace.
fn named<'a, 'input: 'a>(
    node: Node<'a, 'input>,
    name: &'static str,
    wrapper: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    let children = |node: Node<'a, 'input>, name| node.children().filter(move |child| child.tag_name().name() == name);
    children(node, name).chain(children(node, wrapper).flat_map(move |wrapper| children(wrapper, name)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;
    use crate::model::Source;

    const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn metalink(files: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\">{files}</metalink>"
        )
    }

    fn details(text: &str) -> LinkDetails {
        let jobs = jobs(text.as_bytes(), "a.meta4").expect("a metalink");
        match jobs[0].source() {
            Source::Link { details, .. } => details.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn files_become_jobs_with_what_is_known_of_them() {
        let sha512 = "0f".repeat(64);
        let text = metalink(&format!(
            "<file name=\"sub/Disk 1.iso\"><size>14471447</size><hash type=\"md5\">00</hash>
               <hash type=\"sha-512\">{sha512}</hash><hash type=\"sha-256\">{SHA256}</hash>
               <pieces length=\"262144\" type=\"sha-256\"><hash>{SHA256}</hash></pieces>
               <url>http://last/a</url><url location=\"de\" priority=\"2\">http://second/a&amp;b</url>
               <url priority=\"1\"> ftp://first/a </url><url priority=\"1\">https://first/a</url>
               <url priority=\"3\">http://second/a&amp;b</url>
               <metaurl mediatype=\"torrent\">http://t/a.torrent</metaurl></file>
             <file name=\"b\"><url>http://h/b</url></file>
             <file name=\"c\"><url>ftp://h/c</url></file>"
        ));
        let jobs = jobs(text.as_bytes(), "a.meta4").expect("a metalink");
        let told = told(&jobs);
        assert_eq!(told[..2], ["https://first/a as Disk 1.iso", "http://h/b as b"]);
        assert!(told[2].contains("\"c\" in a.meta4 has no address that can be fetched"), "{told:?}");
        assert_eq!(
            (jobs[0].input(), jobs[2].input(), jobs[0].subfolder()),
            ("https://first/a", "ftp://h/c", Path::new("sub"))
        );
        let details = details(&text);
        assert_eq!(details.checksum.map(|checksum| checksum.to_string()), Some(format!("sha512={sha512}")));
        assert_eq!(details.mirrors, ["http://second/a&b", "http://last/a"]);
        assert_eq!(details.size, Some(14_471_447));
    }

    #[test]
    fn version_3_is_read_too() {
        let text = format!(
            "<metalink version=\"3.0\" xmlns=\"http://www.metalinker.org/\"><files><file name=\"a\">
               <verification><hash type=\"sha1\">00</hash><hash type=\"sha256\">{SHA256}</hash></verification>
               <resources><url type=\"http\" preference=\"10\">http://worse/a</url>
                 <url type=\"http\" preference=\"90\">http://better/a</url></resources></file></files></metalink>"
        );
        assert_eq!(told(&jobs(text.as_bytes(), "a.metalink").expect("a metalink")), ["http://better/a as a"]);
        let details = details(&text);
        assert_eq!(details.mirrors, ["http://worse/a"]);
        assert!(details.checksum.is_some());
    }

    #[test]
    fn older_checksums_count_where_there_is_no_better_one() {
        let file = |inside: &str| metalink(&format!("<file name=\"a\">{inside}<url>http://h/a</url></file>"));
        let checksum = |inside: &str| details(&file(inside)).checksum.map(|checksum| checksum.to_string());
        let md5 = "<hash type=\"md5\">d41d8cd98f00b204e9800998ecf8427e</hash>";
        let sha1 = "<hash type=\"sha-1\">da39a3ee5e6b4b0d3255bfef95601890afd80709</hash>";
        assert_eq!(checksum(md5).as_deref(), Some("md5=d41d8cd98f00b204e9800998ecf8427e"));
        assert_eq!(checksum(&[sha1, md5].concat()).as_deref(), Some("sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709"));
        assert_eq!(checksum(&format!("<pieces length=\"1\" type=\"sha-256\"><hash>{SHA256}</hash></pieces>")), None);
    }

    #[test]
    fn a_size_is_a_number() {
        for size in ["12x", "-1", "1.5", "99999999999999999999999"] {
            let text = metalink(&format!("<file name=\"a\"><size>{size}</size><url>http://h/a</url></file>"));
            let told = told(&jobs(text.as_bytes(), "a.meta4").expect("a metalink"));
            assert!(
                told[0].contains(&format!("\"a\" in a.meta4 has a size that is no number: \"{size}\"")),
                "{told:?}"
            );
        }
        assert_eq!(details(&metalink("<file name=\"a\"><size> 7 </size><url>http://h/a</url></file>")).size, Some(7));
    }

    #[test]
    fn names_stay_below_the_output_folder() {
        let mut subfolders = Subfolders::default();
        for (name, folder, last) in [
            ("../../etc/passwd", "etc", Some("passwd")),
            ("/a/b", "a", Some("b")),
            ("C:\\x\\..\\y.jpg", "C_/x", Some("y.jpg")),
            ("CON/nul.txt", "_CON", Some("_nul.txt")),
            ("..", "", None),
            ("", "", None),
        ] {
            assert_eq!(place(name, &mut subfolders), (folder.into(), last.map(str::to_owned)), "{name}");
        }
    }

    #[test]
    fn what_is_no_metalink_is_refused_with_a_reason() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><metalink>&b;</metalink>";
        let deep = "<metalink>".repeat(200_000);
        let nested = format!("{}{}", "<metalink>".repeat(100_000), "</metalink>".repeat(100_000));
        let attributes = (0..1000).map(|number| format!(" a{number}=''")).collect::<Vec<_>>().concat();
        let crowded = format!("<metalink{attributes}/>");
        let outside = "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><metalink/>";
        for (text, words) in [
            ("<html></html>", "it begins with <html>"),
            ("<metalink/>", "it names no files"),
            ("nonsense", "a.meta4 is not a Metalink that can be read"),
            ("", "a.meta4 is not a Metalink that can be read"),
            (bomb, "DTD"),
            (outside, "DTD"),
            (&deep, "a.meta4 is not a Metalink that can be read"),
            (&nested, "it names no files"),
            (&crowded, "more attributes"),
        ] {
            let failure = jobs(text.as_bytes(), "a.meta4").expect_err("refused");
            assert!(failure.sentence.contains(words), "{failure}");
        }
        let wrong = metalink("<file name=\"a\"><hash type=\"sha-256\">xyz</hash><url>http://h/a</url></file>");
        assert!(told(&jobs(wrong.as_bytes(), "a.meta4").expect("a metalink"))[0].contains("\"xyz\" is not a SHA-256"));
    }
}
