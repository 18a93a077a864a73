//! Reports for machines: they keep to their schema, and say what the text says.

use std::fs;
use std::sync::LazyLock;
use std::time::Duration;

use jsonschema::Validator;
use leak_harness::sync::mpsc;
use leak_harness::{Builder, Engine, Failure, FailureKind, check, spawn};
use proptest::test_runner::Config;
use serde_json::Value;

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report.schema.json");
    let schema = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
});

/// The report of a failure as JSON, which keeps to the schema.
pub fn report(failure: &Failure) -> Value {
    let report = serde_json::from_str(&failure.to_json()).unwrap();
    let problems = SCHEMA.iter_errors(&report);
    let problems = problems.map(|problem| format!("{}: {problem}\n", problem.instance_path()));
    let problems: String = problems.collect();
    assert!(problems.is_empty(), "{problems}\n{report:#}");
    report
}

/// All texts of a JSON value that stand under a key, in lists too.
fn texts<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name == key {
                    let one = member.as_str().into_iter();
                    let many = member.as_array().into_iter().flatten();
                    found.extend(one.chain(many.filter_map(Value::as_str)));
                }
                texts(member, key, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| texts(value, key, found)),
        _ => {}
    }
}

fn words_of(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the text says is in the JSON: taken out of the text, nothing of it is left.
pub fn says_the_same(failure: &Failure) {
    let report = report(failure);
    let text = failure.to_string();
    let mut left = words_of(&text);
    for key in [
        "proof",
        "why",
        "change",
        "unexplained",
        "meaning",
        "command",
        "attribute",
    ] {
        let mut sentences = Vec::new();
        texts(&report, key, &mut sentences);
        for sentence in sentences {
            let whole = if key == "proof" {
                format!(" - {sentence}")
            } else {
                sentence.to_owned()
            };
            left = left.replace(&whole, "");
        }
    }
    let left = words_of(&left);
    let causes = left.matches("why: change:").count();
    let unexplained = text.matches("why:    nothing that").count();
    assert_eq!(left.matches("why:").count(), causes + unexplained, "{left}");
    let left_over = left.split("change: ").skip(1);
    for rest in left_over {
        let next = [
            "change:",
            "task ",
            "body",
            "and ",
            "stuck because",
            "What happened",
            "waits in",
            "repeats",
        ];
        let known = next.iter().any(|next| rest.starts_with(next));
        assert!(known, "the JSON does not say: {rest}\n{report:#}");
    }
    assert!(!left.contains("cargo test"), "{left}");
    assert!(!left.contains("leak_test("), "{left}");
    let steps = report["steps"].as_array().unwrap();
    assert_eq!(steps.len(), failure.trace().events.len());
}

/// The page says why and what to change as well.
pub fn is_on_the_page(failure: &Failure) {
    let html = failure.to_html();
    has_a_rule_for_each_class(&html);
    let page = words_of(&text_of(&html));
    let report = report(failure);
    let stuck = report["stuck"].as_array().unwrap().iter();
    let mut sentences = Vec::new();
    for lead in stuck.filter(|task| task["follows"].is_null()) {
        for key in ["text", "why", "proof", "change", "unexplained"] {
            texts(lead, key, &mut sentences);
        }
    }
    for key in ["meaning", "command", "attribute"] {
        texts(&report, key, &mut sentences);
    }
    for sentence in sentences {
        let sentence = words_of(&sentence.replace('`', ""));
        assert!(
            page.contains(&sentence),
            "the page does not say: {sentence}\n{page}"
        );
    }
}

/// What a page is made of has a look.
fn has_a_rule_for_each_class(html: &str) {
    let (style, page) = html.split_once("</style>").unwrap();
    let classes = page.split("class=\"").skip(1);
    let classes = classes.filter_map(|rest| rest.split('"').next());
    for class in classes.flat_map(str::split_whitespace) {
        let is_named = |(at, name): (usize, &str)| {
            let next = style[at + name.len()..].chars().next();
            !next.is_some_and(|next| next.is_alphanumeric() || next == '-')
        };
        let rule = format!(".{class}");
        assert!(
            style.match_indices(&rule).any(is_named),
            "no rule for {rule}"
        );
    }
}

/// The text of a page, without the sources that it shows on demand.
fn text_of(html: &str) -> String {
    let mut text = String::new();
    // How many spans are open inside of one that is hidden.
    let mut hidden = 0;
    for (index, part) in html.split('<').enumerate() {
        let (tag, rest) = part.split_once('>').unwrap_or(("", part));
        match tag {
            _ if index == 0 => {}
            "/span" => hidden = usize::max(hidden, 1) - 1,
            _ if hidden > 0 || tag == "span class=\"dock\"" => {
                hidden += usize::from(tag.starts_with("span"));
            }
            _ => {}
        }
        if hidden == 0 {
            text += rest;
        }
    }
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    entities
        .iter()
        .fold(text, |text, (name, of)| text.replace(name, of))
}

fn panics() {
    panic!("on purpose: \u{1b}[1m<b>\u{1b}[0m");
}

#[test]
fn every_kind_of_failure_keeps_to_the_schema() {
    let other = check(crate::more::a_barrier_for_three).unwrap_err();
    let failures = [
        check(std::future::pending::<()>),
        check(|| async {
            spawn(std::future::pending::<()>());
        }),
        check(|| async {
            spawn(async {
                loop {
                    leak_harness::task::yield_now().await;
                }
            });
        }),
        check(|| async { panics() }),
        check(|| async { Err::<(), _>("an error") }),
        check(|| async {
            let _ = leak_harness::net::TcpListener::bind("127.0.0.1:0").await;
        }),
        check({
            let runs = std::sync::atomic::AtomicUsize::new(0);
            move || {
                let run = runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                async move {
                    for _ in 0..run % 2 + 1 {
                        spawn(async {}).await.unwrap();
                    }
                }
            }
        }),
        Builder::new()
            .engine(Engine::Random)
            .exhaustive(true)
            .check(|| async {}),
        Builder::new().replay("lh1-123").check(|| async {}),
        Builder::new()
            .replay(other.token().unwrap())
            .check(|| async {}),
        Builder::new()
            .stall(Duration::from_millis(300))
            .check(|| async {
                let (tx, rx) = std::sync::mpsc::channel::<()>();
                let _ = rx.recv();
                drop(tx);
            }),
    ];
    let kinds = failures.map(|failure| {
        let failure = failure.unwrap_err();
        let report = report(&failure);
        assert!(!failure.to_html().contains('\u{1b}'));
        report["verdict"].as_str().unwrap().to_owned()
    });
    let mut kinds = kinds.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 10, "{kinds:?}");
}

#[test]
fn a_name_may_have_anything_in_it() {
    let failure = check(|| async {
        let task = leak_harness::task::Builder::new().name("stops, spawned late");
        task.spawn(std::future::pending::<()>()).unwrap();
    });
    let page = text_of(&failure.unwrap_err().to_html());
    assert!(page.contains("task 1 stops, spawned late"), "{page}");
}

/// With more than two messages, the third waits for ever.
#[test]
fn the_input_of_a_property_is_told_as_well() {
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(16)
    };
    let found = Builder::new().check_all(config, 0..8_usize, |messages| async move {
        let (tx, rx) = mpsc::channel(2);
        spawn(async move {
            for message in 0..messages {
                tx.send(message).await.unwrap();
            }
        });
        std::mem::forget(rx);
    });
    let failure = found.unwrap_err().into_failure();
    says_the_same(&failure);
    is_on_the_page(&failure);
    let report = report(&failure);
    assert_eq!(report["input"]["arguments"][0]["value"], "3");
    assert!(
        report["coverage"]["cases"]["run"].as_u64() > Some(0),
        "{report:#}"
    );
    assert!(text_of(&failure.to_html()).contains("input = 3"));
}

#[test]
fn what_the_schema_does_not_know_breaks_it() {
    let failure = check(|| async {
        let (tx, mut rx) = mpsc::channel::<u32>(1);
        spawn(async move { rx.recv().await });
        std::mem::forget(tx);
    });
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Leak);
    let whole = report(&failure);
    for pointer in [
        "",
        "/stuck/0",
        "/stuck/0/waits/0",
        "/stuck/0/waits/0/cause",
        "/steps/0",
    ] {
        let mut more = whole.clone();
        more.pointer_mut(pointer).unwrap()["new"] = Value::Bool(true);
        assert!(!SCHEMA.is_valid(&more), "{pointer} may have more");
        let mut less = whole.clone();
        let members = less.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        let first = members.keys().next().unwrap().clone();
        members.remove(&first);
        assert!(!SCHEMA.is_valid(&less), "{pointer} may be without {first}");
    }
}
