//! Which trace a request belongs to: W3C Trace Context (`traceparent`) and AWS X-Ray (`X-Amzn-Trace-Id`), which write the same
//! sixteen bytes in different forms.

use std::fmt;

/// The identity of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceId([u8; 16]);

/// Where a request stands in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The trace: that of `traceparent` if there is a valid one, else X-Ray's.
    pub id: TraceId,
    /// Who called, as the same header says it.
    pub parent: Option<[u8; 8]>,
    /// Whether the caller records the trace.
    pub sampled: bool,
    /// X-Ray's trace, which need not be the same: the gateway begins one of its own where the caller has sent none.
    pub xray: Option<TraceId>,
}

impl TraceId {
    /// The identity as bytes, the most significant first.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// The identity as X-Ray writes it: `1-5759e988-bd862e3fe1be46a994272793`.
    pub fn to_xray(self) -> String {
        let hex = self.to_string();
        let (time, rest) = hex.split_at(8);
        format!("1-{time}-{rest}")
    }

    fn from_hex(hex: &str) -> Option<Self> {
        from_hex(hex).map(Self)
    }
}

impl fmt::Display for TraceId {
    /// As W3C Trace Context writes it: 32 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Trace {
    /// The trace that these headers name: `traceparent` and `X-Amzn-Trace-Id`. What is not valid counts as absent.
    pub fn from_headers(traceparent: Option<&str>, xray: Option<&str>) -> Option<Self> {
        let xray = xray.and_then(parse_xray);
        let trace = traceparent.and_then(parse_traceparent).or(xray)?;
        Some(Self { xray: xray.map(|xray| xray.id), ..trace })
    }
}

/// W3C Trace Context, section 3.2: `00-<trace>-<parent>-<flags>`. A version that is not known may have more after that.
fn parse_traceparent(header: &str) -> Option<Trace> {
    let mut parts = header.trim().split('-');
    let [version] = from_hex(parts.next()?)?;
    let id = TraceId::from_hex(parts.next()?)?;
    let parent: [u8; 8] = from_hex(parts.next()?)?;
    let [flags] = from_hex(parts.next()?)?;
    let ends_well = version != 0xff && (version != 0 || parts.next().is_none());
    let valid = ends_well && id.0 != [0; 16] && parent != [0; 8];
    valid.then_some(Trace { id, parent: Some(parent), sampled: flags & 1 == 1, xray: None })
}

/// AWS X-Ray's tracing header: `Root=1-<8 digits>-<24 digits>;Parent=<16 digits>;Sampled=1`, in any order, with anything else between.
fn parse_xray(header: &str) -> Option<Trace> {
    let field = |name| {
        let mut fields = header.split(';').filter_map(|field| field.trim().split_once('='));
        fields.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let (time, rest) = field("Root")?.strip_prefix("1-")?.split_once('-')?;
    let ([a, b, c, d], unique): ([u8; 4], [u8; 12]) = (from_hex(time)?, from_hex(rest)?);
    let mut bytes = [0; 16];
    let (start, end) = bytes.split_at_mut(4);
    start.copy_from_slice(&[a, b, c, d]);
    end.copy_from_slice(&unique);
    let id = TraceId(bytes);
    Some(Trace {
        id,
        parent: field("Parent").and_then(from_hex),
        sampled: field("Sampled") == Some("1"),
        xray: Some(id),
    })
}

/// Exactly that many bytes, in lower-case digits: the standard allows no others, and X-Ray writes no others.
fn from_hex<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if hex.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const W3C: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0b1902b7-01";
    const XRAY: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

    #[test]
    fn a_traceparent_goes_before_x_ray_which_is_remembered_beside_it() {
        let trace = Trace::from_headers(Some(W3C), Some(XRAY)).unwrap();
        assert_eq!(trace.id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(trace.parent, Some([0x00, 0xf0, 0x67, 0xaa, 0x0b, 0x19, 0x02, 0xb7]));
        assert!(trace.sampled);
        assert_eq!(trace.xray.unwrap().to_xray(), "1-5759e988-bd862e3fe1be46a994272793");
    }

    #[test]
    fn a_trace_of_x_ray_is_converted_and_back() {
        let trace = Trace::from_headers(None, Some(XRAY)).unwrap();
        assert_eq!(trace.id.to_string(), "5759e988bd862e3fe1be46a994272793");
        assert_eq!(trace.id.to_xray(), "1-5759e988-bd862e3fe1be46a994272793");
        assert_eq!((trace.xray, trace.sampled, trace.parent.is_some()), (Some(trace.id), true, true));
        let unordered =
            "Self=1-67891234-12456789abcdef012345678;Sampled=0; Root=1-5759e988-bd862e3fe1be46a994272793";
        let trace = Trace::from_headers(Some("nonsense"), Some(unordered)).unwrap();
        assert_eq!(
            (trace.id.to_string().as_str(), trace.sampled),
            ("5759e988bd862e3fe1be46a994272793", false)
        );
    }

    #[test]
    fn a_later_version_may_have_more_to_say() {
        let later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0b1902b7-00-what-the-future-brings";
        assert!(!Trace::from_headers(Some(later), None).unwrap().sampled);
    }

    #[test]
    fn what_is_not_valid_counts_as_absent() {
        for header in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0b1902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0b1902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0b1902b7-01",
            "00-00000000000000000000000000000000-00f067aa0b1902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0b1902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0b1902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473ü-00f067aa0b1902b7-01",
        ] {
            assert_eq!(Trace::from_headers(Some(header), None), None, "{header}");
        }
        for header in
            ["", "Root=", "Root=2-5759e988-bd862e3fe1be46a994272793", "Root=1-5759e988-bd86", "1-2-3"]
        {
            assert_eq!(Trace::from_headers(None, Some(header)), None, "{header}");
        }
    }
}
