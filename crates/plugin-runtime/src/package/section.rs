//! Custom sections of a component: a name and bytes that the code does not see.

/// The bytes of the first custom section with this name, at the top of a component.
pub(super) fn find<'a>(component: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut rest = component.get(8..)?;
    while let [id, after @ ..] = rest {
        let (size, after) = number(after)?;
        let content = after.get(..size)?;
        rest = after.get(size..)?;
        if *id != 0 {
            continue;
        }
        let (length, content) = number(content)?;
        if content.get(..length)? == name.as_bytes() {
            return content.get(length..);
        }
    }
    None
}

/// The component with one more custom section at its end.
pub(super) fn append(component: &[u8], name: &str, content: &[u8]) -> Vec<u8> {
    let mut section = Vec::new();
    put(&mut section, name.len());
    section.extend_from_slice(name.as_bytes());
    section.extend_from_slice(content);
    let mut component = component.to_vec();
    component.push(0);
    put(&mut component, section.len());
    component.extend_from_slice(&section);
    component
}

/// An unsigned LEB128 of at most 32 bits, and what follows it.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut number = 0_u64;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let number = usize::try_from(number).ok()?;
            return Some((number, bytes.get(index + 1..)?));
        }
    }
    None
}

fn put(bytes: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = u8::try_from(number & 0x7f).expect("seven bits fit");
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}
