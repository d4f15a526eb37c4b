//! Profiles of colours: which can be relied on.

use moxcms::ColorProfile;

/// A profile, unless it is damaged.
pub(super) fn sound(icc: Option<Vec<u8>>) -> Option<Vec<u8>> {
    icc.filter(|icc| has_its_tags(icc).is_some() && ColorProfile::new_from_slice(icc).is_ok())
}

/// Whether it is as long as it says, and everything that it lists is there.
fn has_its_tags(icc: &[u8]) -> Option<()> {
    let number = |at: usize| Some(u32::from_be_bytes(*icc.get(at..)?.first_chunk()?) as usize);
    let icc_has = |end: usize| (end <= icc.len()).then_some(());
    icc_has(number(0)?)?;
    (icc.get(36..40)? == b"acsp").then_some(())?;
    let tags = number(128)?;
    icc_has(tags.checked_mul(12)?.checked_add(132)?)?;
    (0..tags).try_for_each(|nth| icc_has(number(136 + nth * 12)?.checked_add(number(140 + nth * 12)?)?))
}
