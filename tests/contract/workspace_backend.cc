#include "workspace_backend.h"

#include <utility>

#include "api/rest_workspace.h"
#include "auth/token_source.h"
#include "base/check.h"
#include "http/curl_transport.h"
#include "server/local_server.h"
#include "testing/memory_workspace.h"

namespace wsfs {
namespace {

class MemoryBackend final : public WorkspaceBackend {
 public:
  explicit MemoryBackend(ModelOptions options)
      : workspace_(std::move(options)) {}
  Workspace& workspace() override { return workspace_; }
  WorkspaceModel& model() override { return workspace_.model(); }

 private:
  MemoryWorkspace workspace_;
};

class HttpBackend final : public WorkspaceBackend {
 public:
  explicit HttpBackend(ModelOptions options)
      : server_(StartServer(std::move(options))),
        tokens_(server_->token()),
        transport_(StartTransport()),
        workspace_(server_->url(), *transport_, tokens_) {}
  Workspace& workspace() override { return workspace_; }
  WorkspaceModel& model() override { return server_->model(); }

 private:
  static std::unique_ptr<LocalWorkspaceServer> StartServer(ModelOptions model) {
    ServeOptions options;
    options.model = std::move(model);
    auto server = LocalWorkspaceServer::Start(std::move(options));
    WSFS_CHECK(server.ok());
    return *std::move(server);
  }
  static std::unique_ptr<CurlTransport> StartTransport() {
    auto transport = CurlTransport::Start({}, RealClock());
    WSFS_CHECK(transport.ok());
    return *std::move(transport);
  }

  std::unique_ptr<LocalWorkspaceServer> server_;
  TokenSource tokens_;
  std::unique_ptr<CurlTransport> transport_;
  RestWorkspace workspace_;
};

template <typename Backend>
WorkspaceKind Kind(std::string name) {
  return {std::move(name), [](ModelOptions options) {
            return std::make_unique<Backend>(std::move(options));
          }};
}

}  // namespace

WorkspaceKind InMemory() {
  return Kind<MemoryBackend>("InMemory");
}

WorkspaceKind OverHttp() {
  return Kind<HttpBackend>("OverHttp");
}

}  // namespace wsfs
