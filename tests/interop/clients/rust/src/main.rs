//! What every client's handler can do, on orders of the tests. Here behind lambda_runtime.

use lambda_runtime::{
    service_fn,
    streaming::{channel, Body},
    Context, Error, FunctionResponse, LambdaEvent, StreamResponse,
};
use serde_json::{json, Value};
use std::{
    future,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

fn echo(order: Value, context: &Context) -> Value {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock after 1970");
    json!({
        "order": order,
        "id": context.request_id,
        "arn": context.invoked_function_arn,
        "name": context.env_config.function_name,
        "left": context.deadline as i64 - now.as_millis() as i64,
        "custom": context.client_context.as_ref().map(|told| &told.custom),
    })
}

async fn meet(folder: &Path, count: usize, id: &str) -> Result<Value, Error> {
    std::fs::write(folder.join(id), "")?;
    while std::fs::read_dir(folder)?.count() < count {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(json!(id))
}

type Answer = FunctionResponse<Value, Body>;
type Written = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// In pieces, behind a prelude; `how` says how it ends.
fn stream(order: Value) -> Result<Answer, Error> {
    let (mut out, body) = channel();
    tokio::spawn(async move {
        let written: Written = async {
            out.send_data("one,".into()).await?;
            let gate = text(&order, "gate");
            while !gate.is_empty() && !Path::new(&gate).exists() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let mut left = number(&order, "size");
            while left > 0 {
                let size = left.min(65536);
                out.send_data(vec![b'x'; size].into()).await?;
                left -= size;
            }
            match text(&order, "how").as_str() {
                "throws" => out.abort(),
                "leaves" => std::process::exit(7),
                _ => out.send_data("two".into()).await?,
            }
            Ok(())
        }
        .await;
        if let Err(fault) = written {
            eprintln!("nobody takes the stream: {fault}");
        }
    });
    let metadata_prelude = serde_json::from_value(json!({
        "statusCode": 201,
        "headers": {"content-type": "text/event-stream"},
        "cookies": ["a=b", "c=d"],
    }))?;
    Ok(FunctionResponse::StreamingResponse(StreamResponse {
        metadata_prelude,
        stream: body,
    }))
}

fn text(order: &Value, name: &str) -> String {
    order[name].as_str().unwrap_or_default().to_owned()
}

fn number(order: &Value, name: &str) -> usize {
    order[name].as_u64().unwrap_or_default() as usize
}

/// Bytes of a request, as base64 in the event, are the answer's.
fn mirror(body: &Value) -> Value {
    json!({
        "statusCode": 200,
        "headers": {"content-type": "application/octet-stream"},
        "isBase64Encoded": true,
        "body": body,
    })
}

async fn handler(event: LambdaEvent<Value>) -> Result<Answer, Error> {
    if event.payload["isBase64Encoded"] == true {
        return Ok(Answer::BufferedResponse(mirror(&event.payload["body"])));
    }
    let order: Value = match event.payload["body"].as_str() {
        Some(body) => serde_json::from_str(body)?,
        None => event.payload,
    };
    if text(&order, "do") == "stream" {
        return stream(order);
    }
    act(order, &event.context)
        .await
        .map(Answer::BufferedResponse)
}

async fn act(order: Value, context: &Context) -> Result<Value, Error> {
    match text(&order, "do").as_str() {
        "echo" => Ok(echo(order, context)),
        "fail" => Err(text(&order, "text").into()),
        "throw" => panic!("{}", text(&order, "text")),
        "leave" => std::process::exit(number(&order, "status") as i32),
        "hang" => future::pending().await,
        "size" => Ok(json!("x".repeat(number(&order, "size") - 2))),
        "meet" => {
            let folder = text(&order, "folder");
            meet(
                Path::new(&folder),
                number(&order, "count"),
                &context.request_id,
            )
            .await
        }
        unknown => Err(format!("no such act: {unknown}").into()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if std::env::var("BEGINNING").as_deref() == Ok("fails") {
        return Err("cannot begin".into());
    }
    lambda_runtime::run(service_fn(handler)).await
}
