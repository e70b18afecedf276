//! A bare server of the official Rust SDK: it lists the tools of the files it is given, and
//! nothing else. What it costs is what the SDK costs.

use rmcp::model::{
    InitializeResult, ListToolsResult, PaginatedRequestParams, ServerCapabilities, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{transport::stdio, ErrorData, RoleServer, ServerHandler, ServiceExt};

struct Bare {
    tools: Vec<Tool>,
}

impl ServerHandler for Bare {
    fn get_info(&self) -> InitializeResult {
        InitializeResult::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.tools.clone()))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut tools = Vec::new();
    for path in std::env::args().skip(1) {
        tools.push(serde_json::from_str(&std::fs::read_to_string(path)?)?);
    }
    Bare { tools }.serve(stdio()).await?.waiting().await?;
    Ok(())
}
