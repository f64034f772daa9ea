//! Random numbers, and what is made of them: names, ids, texts.

use jiff::Timestamp;

/// Random numbers that are the same in every run.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap_or_default()
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    pub fn text(&mut self, alphabet: &str, length: usize) -> String {
        let alphabet = alphabet.as_bytes();
        (0..length).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }

    pub fn hex(&mut self, length: usize) -> String {
        self.text("0123456789abcdef", length)
    }

    pub fn unique_id(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 17))
    }

    pub fn time(&mut self) -> String {
        let second = i64::try_from(1_500_000_000 + self.next() % 300_000_000).unwrap_or_default();
        Timestamp::from_second(second).unwrap_or_default().to_string()
    }

    pub fn word(&mut self) -> &'static str {
        self.pick(&[
            "web", "api", "db", "cache", "worker", "batch", "admin", "bastion", "proxy", "search",
            "billing", "checkout", "orders", "payments", "reports", "etl", "logs", "backup",
            "mail", "auth", "gateway", "queue", "metrics", "build", "deploy", "frontend", "legacy",
        ])
    }

    pub fn name(&mut self) -> String {
        let stage = self.pick(&["prod", "staging", "dev", "test", "sandbox", "shared"]);
        match self.below(3) {
            0 => format!("{}-{stage}", self.word()),
            1 => format!("{stage}-{}-{}", self.word(), self.word()),
            _ => format!("{}-{}-{}", self.word(), stage, self.hex(6)),
        }
    }

    pub fn block(&mut self) -> String {
        match self.below(6) {
            0 => "0.0.0.0/0".to_owned(),
            1 | 2 => format!("10.{}.{}.0/24", self.below(256), self.below(256)),
            3 => format!("172.16.{}.0/20", self.below(16) * 16),
            4 => format!("192.168.{}.0/24", self.below(256)),
            _ => format!(
                "{}.{}.{}.{}/32",
                self.below(200) + 11,
                self.below(256),
                self.below(256),
                self.below(256)
            ),
        }
    }

    pub fn region(&mut self) -> &'static str {
        self.pick(&[
            "us-east-1",
            "us-east-2",
            "us-west-2",
            "eu-west-1",
            "eu-central-1",
            "eu-west-2",
            "eu-north-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-northeast-1",
            "ap-south-1",
            "ca-central-1",
            "sa-east-1",
        ])
    }
}
