//! TIFF files made field by field.

/// A TIFF file of these fields, each a list of numbers of 16 bits or, above that, of 32; and the data of its strips or tiles.
pub(crate) fn odd_tiff(fields: &[(u16, &[u32])], chunks: &[&[u8]], is_big_endian: bool) -> Vec<u8> {
    let short = |value: u16| if is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
    let long = |value: u32| if is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
    let mut bytes = if is_big_endian { b"MM\0*\0\0\0\0".to_vec() } else { b"II*\0\0\0\0\0".to_vec() };
    let mut offsets = Vec::new();
    for chunk in chunks {
        offsets.push(bytes.len() as u32);
        bytes.extend(*chunk);
    }
    let counts: Vec<u32> = chunks.iter().map(|chunk| chunk.len() as u32).collect();
    let lists = if fields.iter().any(|(tag, _)| *tag == 322) { (324, 325) } else { (273, 279) };
    let mut all: Vec<(u16, Vec<u32>)> = fields.iter().map(|(tag, values)| (*tag, values.to_vec())).collect();
    all.extend([(lists.0, offsets), (lists.1, counts)]);
    all.sort();
    let mut entries = Vec::new();
    for (tag, values) in all {
        let value: Vec<u8> = values.iter().flat_map(|value| long(*value)).collect();
        let place = if value.len() <= 4 {
            value
        } else {
            let at = bytes.len() as u32;
            bytes.extend(value);
            long(at).to_vec()
        };
        entries.push([&short(tag)[..], &short(4), &long(values.len() as u32), &place].concat());
    }
    let directory = long(bytes.len() as u32);
    bytes[4..8].copy_from_slice(&directory);
    bytes.extend(short(entries.len() as u16));
    bytes.extend(entries.concat());
    bytes.extend([0; 4]);
    bytes
}
