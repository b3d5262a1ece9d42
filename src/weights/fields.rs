//! Protocol Buffers, read: numbered fields of numbers and bytes, as checkpoints' indices and ONNX files have them.

/// The fields of a message, in the order of the bytes; `None` is a field that can't be read, and the last one.
pub struct Fields<'a>(&'a [u8]);

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Field<'a> {
    /// A whole number or an enum's case; a negative one as its two's complement.
    Number(u64),
    Fixed32(u32),
    Fixed64(u64),
    /// A text, or a message within.
    Bytes(&'a [u8]),
}

pub fn fields(message: &[u8]) -> Fields<'_> {
    Fields(message)
}

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Field<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Field<'a>)> {
        let key = varint(&mut self.0)?;
        let field = match key & 7 {
            0 => Field::Number(varint(&mut self.0)?),
            1 => Field::Fixed64(u64::from_le_bytes(*take_chunk(&mut self.0)?)),
            2 => {
                let length = usize::try_from(varint(&mut self.0)?).ok()?;
                Field::Bytes(self.0.split_off(..length)?)
            }
            5 => Field::Fixed32(u32::from_le_bytes(*take_chunk(&mut self.0)?)),
            _ => return None, // groups, which no message that we read has
        };
        Some((key >> 3, field))
    }
}

/// A number in groups of seven bits, the lowest first.
pub fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.split_off_first()?;
        let group = u64::from(byte & 0x7F);
        if group << shift >> shift != group {
            return None; // beyond 64 bits
        }
        number |= group << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn take_chunk<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    bytes.split_off(..N)?.first_chunk()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_up_to_64_bits() {
        for (bytes, expected) in [
            (&[0x05][..], Some(5)),
            (&[0xAC, 0x02], Some(300)),
            (&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], Some(u64::MAX)),
            (&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02], None),
            (&[0x80; 11], None),
            (&[0x80], None),
            (&[], None),
        ] {
            assert_eq!(varint(&mut &bytes[..]), expected, "{bytes:x?}");
        }
    }

    #[test]
    fn fields_are_read_up_to_the_first_that_is_damaged() {
        // 1: 150; 2: "ab"; 6, fixed: 7.
        let message = [8, 0x96, 1, 0x12, 2, b'a', b'b', 0x35, 7, 0, 0, 0];
        let read: Vec<_> = fields(&message).collect();
        let expected = [(1, Field::Number(150)), (2, Field::Bytes(b"ab")), (6, Field::Fixed32(7))];
        assert_eq!(read, expected.map(Some));
        for damaged in [&message[..11], &message[..6], &message[..2], &[0x0B], &[0x12, 0xFF, 0x7F]]
        {
            assert_eq!(fields(damaged).last(), Some(None), "{damaged:x?}");
        }
    }
}
