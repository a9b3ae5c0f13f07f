#include "server/local_server.h"

#include <charconv>
#include <random>

#include <fmt/format.h>

#include "base/host_fs.h"
#include "base/sync.h"

namespace wsfs {
namespace {

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

Result<Address> ParseListen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos)
    return Error(Errc::kInvalidArgument,
                 fmt::format("--listen is HOST:PORT, not {:?}", text));
  Address address;
  const std::string_view port = text.substr(colon + 1);
  const auto [stop, error] =
      std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc() || stop != port.data() + port.size())
    return Error(Errc::kInvalidArgument,
                 fmt::format("{:?} is not a port to listen on", port));
  const std::string_view host = text.substr(0, colon);
  if (host == "all-interfaces") {
    address.host = "0.0.0.0";
  } else if (host == "localhost" || host.starts_with("127.")) {
    address.host = host;
  } else {
    return Error(Errc::kInvalidArgument,
                 fmt::format("the local workspace listens on this machine "
                             "only, not on {:?}; to let other machines in, "
                             "say --listen all-interfaces:{}",
                             host, address.port));
  }
  return address;
}

std::string RandomToken() {
  std::random_device random;
  return fmt::format("local-{:08x}{:08x}{:08x}{:08x}", random(), random(),
                     random(), random());
}

Result<std::string> ReadFile(const std::string& path) {
  WSFS_TRY(const auto file, RealHostFs().Open(path, OpenMode::kRead));
  WSFS_TRY(const std::uint64_t size, file->Size());
  std::string text(size, '\0');
  WSFS_TRY(const std::size_t got,
           file->ReadAt(0, std::as_writable_bytes(std::span(text))));
  text.resize(got);
  return text;
}

Result<void> LoadFaults(const std::string& path, HttpFace& face) {
  WSFS_TRY(const std::string text, ReadFile(path));
  WSFS_TRY(const FaultFile file, ParseFaults(text));
  for (const Fault& fault : file.faults) face.faults().Add(fault);
  for (const auto& [route, rate] : file.rates) face.limits().Set(route, rate);
  return {};
}

Result<std::unique_ptr<WorkspaceModel>> OpenModel(const ServeOptions& options) {
  if (options.data == ":memory:")
    return std::make_unique<WorkspaceModel>(options.model);
  return WorkspaceModel::Open(options.data, options.model);
}

}  // namespace

Result<std::unique_ptr<LocalWorkspaceServer>> LocalWorkspaceServer::Start(
    const ServeOptions& options) {
  WSFS_TRY(const Address address, ParseListen(options.listen));
  std::unique_ptr<LocalWorkspaceServer> server(new LocalWorkspaceServer());
  server->token_ = options.token.empty() ? RandomToken() : options.token;
  WSFS_RETURN_IF_ERROR(server->SetUp(options));
  HttpServerOptions http;
  http.host = address.host;
  http.port = address.port;
  WSFS_TRY(server->http_, HttpServer::Start(http, *server->face_));
  server->url_ = fmt::format(
      "http://{}:{}",
      address.host == "0.0.0.0" ? std::string("127.0.0.1") : address.host,
      server->http_->port());
  return server;
}

Result<void> LocalWorkspaceServer::SetUp(const ServeOptions& options) {
  WSFS_TRY(model_, OpenModel(options));
  for (const std::string& text : options.switches) {
    WSFS_RETURN_IF_ERROR(model_->switches().SetFromText(text));
  }
  if (options.demo) {
    if (const auto seeded = SeedDemo(*model_); !seeded.ok())
      return Error(Errc::kIo, seeded.error().message).With("demo tree");
  }
  face_ = std::make_unique<HttpFace>(
      *model_, HttpFaceOptions{token_, options.latency, options.jitter});
  if (options.documented_rates) face_->limits().SetDocumented();
  if (!options.faults.empty()) {
    WSFS_RETURN_IF_ERROR(LoadFaults(options.faults, *face_));
  }
  if (options.request_log.empty()) return {};
  return face_->log().WriteTo(options.request_log);
}

LocalWorkspaceServer::~LocalWorkspaceServer() {
  Stop();
}

void LocalWorkspaceServer::Stop() {
  if (http_ != nullptr) http_->Stop();
}

int ServeMain(const ServeOptions& options, CancelToken& stop,
              const std::function<void(std::string_view)>& print) {
  const auto server = LocalWorkspaceServer::Start(options);
  if (!server.ok()) {
    print(fmt::format("wsfs serve: {}", server.error().message()));
    return server.error().code() == Errc::kInvalidArgument ? 2 : 1;
  }
  print(fmt::format("A local workspace listens on {}", (*server)->url()));
  if (options.token.empty())
    print(fmt::format("DATABRICKS_TOKEN={}", (*server)->token()));
  Mutex mutex;
  CondVar stopped;
  bool done = false;
  const auto handle = stop.OnCancel([&] {
    const MutexLock lock(mutex);
    done = true;
    stopped.NotifyAll();
  });
  {
    const MutexLock lock(mutex);
    while (!done && handle != 0) stopped.Wait(mutex);
  }
  stop.Forget(handle);
  (*server)->Stop();
  return 0;
}

}  // namespace wsfs
