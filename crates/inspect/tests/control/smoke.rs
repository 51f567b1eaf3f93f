use crate::harness::*;
use std::time::*;
#[test]
fn smoke() {
    let p = Program::start("idle", &[]);
    let t = p.target();
    for _ in 0..20 {
        let trim = t.trim_despite(Default::default()).unwrap_or_else(|e| panic!("{e}"));
        println!("{trim:?}");
    }
    println!("{:?}", t.validate());
    println!("{:?}", t.sample(Some(4096)));
    println!("{} threads", p.threads());
    std::thread::sleep(Duration::from_millis(100));
    println!("{} threads", p.threads());
    p.ends_well();
}
