//! Protocol Buffers, written: as much of them as an ONNX file needs.

/// A message: its fields, one after another.
#[derive(Debug, Default)]
pub struct Message(Vec<u8>);

/// How a field's value is stored, the low bits of its key.
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Bytes = 2,
    Fixed32 = 5,
}

impl Message {
    pub fn new() -> Self {
        Self::default()
    }

    /// A whole number, or one of an enum.
    pub fn number(mut self, field: u64, value: u64) -> Self {
        self.key(field, Wire::Varint);
        self.varint(value);
        self
    }

    pub fn float(mut self, field: u64, value: f32) -> Self {
        self.key(field, Wire::Fixed32);
        self.0.extend(value.to_le_bytes());
        self
    }

    pub fn text(mut self, field: u64, value: &str) -> Self {
        self.open(field, value.len() as u64);
        self.0.extend(value.as_bytes());
        self
    }

    pub fn message(mut self, field: u64, value: &Message) -> Self {
        self.open(field, value.0.len() as u64);
        self.0.extend(&value.0);
        self
    }

    /// As many fields of this number as there are messages.
    pub fn messages(self, field: u64, values: &[Message]) -> Self {
        values.iter().fold(self, |message, value| message.message(field, value))
    }

    /// The beginning of a field of `length` bytes, which the caller writes behind this message.
    pub fn begin(mut self, field: u64, length: u64) -> Self {
        self.open(field, length);
        self
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn key(&mut self, field: u64, wire: Wire) {
        self.varint(field << 3 | wire as u64);
    }

    fn open(&mut self, field: u64, length: u64) {
        self.key(field, Wire::Bytes);
        self.varint(length);
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the format's own documentation, and a float.
    #[test]
    fn fields_are_written_as_the_format_says() {
        assert_eq!(Message::new().number(1, 150).into_bytes(), [0x08, 0x96, 0x01]);
        assert_eq!(Message::new().text(2, "testing").into_bytes(), *b"\x12\x07testing");
        let inner = Message::new().number(1, 150);
        assert_eq!(Message::new().message(3, &inner).into_bytes(), [0x1a, 3, 0x08, 0x96, 0x01]);
        assert_eq!(Message::new().float(2, 1.0).into_bytes(), [0x15, 0, 0, 0x80, 0x3f]);
        let begun = Message::new().begin(3, inner.len()).into_bytes();
        assert_eq!([begun, inner.into_bytes()].concat(), [0x1a, 3, 0x08, 0x96, 0x01]);
        assert_eq!(Message::new().number(16, u64::MAX).len(), 2 + 10);
    }
}
