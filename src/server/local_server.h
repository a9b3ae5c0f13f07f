#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "server/http_face.h"
#include "server/http_server.h"
#include "server/model.h"

namespace wsfs {

/// What `wsfs serve` is asked for, and what a test or the demo asks for in
/// this process. Value type.
struct ServeOptions {
  /// "127.0.0.1:0" picks a port. "all-interfaces:PORT", in words, is the only
  /// way to be seen from other machines.
  std::string listen = "127.0.0.1:0";
  /// A folder, made if missing, or ":memory:".
  std::string data = ":memory:";
  /// "" makes a random one: see LocalWorkspaceServer::token().
  std::string token;
  Milliseconds latency{0};
  Milliseconds jitter{0};
  std::string request_log;            ///< A file, or "".
  std::vector<std::string> switches;  ///< "name=value".
  std::string faults;                 ///< A JSON file, or "".
  /// The rate limits that are documented (§2.4); off by default.
  bool documented_rates = false;
  /// Fill an empty workspace with the demo tree.
  bool demo = false;
  ModelOptions model;
};

/// A local Databricks workspace: the model and its HTTP face, listening.
///
/// Resource type; its destructor stops it. Thread-safe.
class LocalWorkspaceServer {
 public:
  /// kInvalidArgument (an option is wrong: a sentence says which), kIo (port
  /// taken, disk), kBusy (another server has this data).
  static Result<std::unique_ptr<LocalWorkspaceServer>> Start(
      const ServeOptions& options);
  ~LocalWorkspaceServer();
  LocalWorkspaceServer(const LocalWorkspaceServer&) = delete;
  LocalWorkspaceServer& operator=(const LocalWorkspaceServer&) = delete;

  /// "http://127.0.0.1:PORT".
  const std::string& url() const { return url_; }
  std::uint16_t port() const { return http_->port(); }
  const std::string& token() const { return token_; }

  WorkspaceModel& model() { return *model_; }
  HttpFace& face() { return *face_; }
  FaultPlan& faults() { return face_->faults(); }
  RateLimits& limits() { return face_->limits(); }
  RequestLog& log() { return face_->log(); }
  HttpServer& http() { return *http_; }

  /// Closes all connections; stalled calls end. Idempotent.
  void Stop();

 private:
  LocalWorkspaceServer() = default;
  Result<void> SetUp(const ServeOptions& options);

  std::string url_;
  std::string token_;
  std::unique_ptr<WorkspaceModel> model_;
  std::unique_ptr<HttpFace> face_;
  std::unique_ptr<HttpServer> http_;
};

/// Fills a workspace whose home is empty with a small, realistic tree:
/// notebooks in four languages and as ipynb, files, folders. Does nothing
/// when the home holds anything.
Answer<void> SeedDemo(WorkspaceModel& model);

/// Runs a server until `stop` is cancelled; `print` is told one line when it
/// listens. The exit code: 0, or 2 when an option is wrong, or 1.
int ServeMain(const ServeOptions& options, CancelToken& stop,
              const std::function<void(std::string_view)>& print);

}  // namespace wsfs
