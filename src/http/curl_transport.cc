#include "http/curl_transport.h"

#include <charconv>
#include <fstream>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "http/curl_loop.h"
#include "http/exchange.h"
#include "http/url.h"

namespace wsfs {
namespace {

/// libcurl looks at the file only when it connects, and then says too little.
Result<void> CheckCaFile(const std::string& path) {
  if (path.empty()) return {};
  const auto wrong = [&](std::string_view what) {
    return Error(Errc::kInvalidArgument,
                 fmt::format("{} {}: check DATABRICKS_CA_BUNDLE or "
                             "SSL_CERT_FILE",
                             what, path));
  };
  std::ifstream file(path);
  if (!file) return wrong("cannot read the CA file");
  // "BEGIN CERTIFICATE", and OpenSSL's own "BEGIN TRUSTED CERTIFICATE".
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("-----BEGIN ") &&
        line.find("CERTIFICATE-----") != line.npos)
      return {};
  return wrong("there is no PEM certificate in the CA file");
}

}  // namespace

Result<CurlOptions> CurlOptionsFrom(const Environment& environment) {
  CurlOptions options;
  for (const char* name : {"SSL_CERT_FILE", "DATABRICKS_CA_BUNDLE"})
    if (auto file = environment(name); file && !file->empty())
      options.ca_file = *std::move(file);
  const std::string limit = environment("DATABRICKS_RATE_LIMIT").value_or("");
  if (limit.empty()) return options;
  double value = 0;
  const char* end = limit.data() + limit.size();
  const auto [stop, error] = std::from_chars(limit.data(), end, value);
  if (error != std::errc() || stop != end || !(value > 0) || value > 1e6)
    return Error(Errc::kInvalidArgument,
                 fmt::format("DATABRICKS_RATE_LIMIT is {:?}: write a number of "
                             "requests per second, such as 15",
                             limit));
  options.requests_per_second = value;
  return options;
}

Result<std::unique_ptr<CurlTransport>> CurlTransport::Start(
    CurlOptions options, const Clock& clock) {
  WSFS_RETURN_IF_ERROR(CheckCaFile(options.ca_file));
  return std::unique_ptr<CurlTransport>(
      new CurlTransport(std::move(options), clock));
}

CurlTransport::CurlTransport(CurlOptions options, const Clock& clock)
    : options_(std::move(options)),
      loop_(std::make_unique<CurlLoop>(options_, clock)) {}

CurlTransport::~CurlTransport() {
  loop_->Stop();
  const MutexLock lock(mutex_);
  while (callers_ != 0) left_.Wait(mutex_);
}

CallLoad CurlTransport::Load() const {
  return loop_->Load();
}

HttpResult CurlTransport::Send(const HttpRequest& request) {
  if (auto fine = CheckUrl(request.url, options_.allow_plain_http); !fine.ok())
    return std::unexpected(HttpFailure{std::move(fine).error()});
  if (request.sink != nullptr) {
    if (auto fresh = request.sink->Restart(); !fresh.ok())
      return std::unexpected(HttpFailure{std::move(fresh).error()});
  }
  {
    const MutexLock lock(mutex_);
    ++callers_;
  }
  const auto exchange = std::make_shared<Exchange>(request);
  CancelToken::Handle handle = 0;
  if (request.cancel != nullptr)
    handle = request.cancel->OnCancel([exchange] { exchange->Cancel(); });
  // Whose time is over before it begins is not sent: the loop could be faster
  // than the caller finds out.
  const bool sent = !exchange->IsOver();
  if (sent) loop_->Submit(exchange);
  HttpResult result =
      exchange->Run([this, &exchange] { loop_->Resume(exchange); });
  if (sent && !result) loop_->Drop(exchange);
  if (request.cancel != nullptr) request.cancel->Forget(handle);
  const MutexLock lock(mutex_);
  --callers_;
  left_.NotifyAll();
  return result;
}

}  // namespace wsfs
