#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "base/call_class.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/result.h"
#include "base/sync.h"
#include "http/transport.h"

namespace wsfs {

struct CurlOptions {
  std::size_t max_in_flight = 64;
  std::size_t max_queued = 4096;
  Milliseconds connect_timeout{5000};
  std::string ca_file;             ///< PEM; "" is the system's store.
  double requests_per_second = 0;  ///< 0 limits nothing.
  bool allow_plain_http = false;   ///< To hosts other than this machine.
  std::string user_agent = "wsfs/0.1 os/linux";
};

/// What the environment says of it: DATABRICKS_CA_BUNDLE or SSL_CERT_FILE,
/// and DATABRICKS_RATE_LIMIT (requests per second). kInvalidArgument when the
/// limit is not a number. Proxies (HTTPS_PROXY, NO_PROXY) are read by libcurl.
Result<CurlOptions> CurlOptionsFrom(const Environment& environment);

/// How busy the way to the service is. Value type.
struct CallLoad {
  std::size_t in_flight = 0;
  std::size_t max_in_flight = 0;
  std::array<std::size_t, kCallClasses> waiting{};  ///< For a turn, by class.
};

class CurlLoop;

/// The Transport over libcurl: one thread drives all transfers through one
/// multi handle, with keep-alive and, for calls without a streamed body,
/// HTTP/2 where offered. No caller's code runs on that thread.
///
/// Resource type. Thread-safe. Destroying it answers kCancelled to every
/// caller that still waits, and returns when the last has left Send.
class CurlTransport final : public Transport {
 public:
  /// kInvalidArgument when the CA file cannot be read.
  static Result<std::unique_ptr<CurlTransport>> Start(CurlOptions options,
                                                      const Clock& clock);
  ~CurlTransport() override;

  HttpResult Send(const HttpRequest& request) override EXCLUDES(mutex_);
  CallLoad Load() const;

 private:
  CurlTransport(CurlOptions options, const Clock& clock);

  const CurlOptions options_;
  std::unique_ptr<CurlLoop> loop_;
  Mutex mutex_;
  CondVar left_;
  std::size_t callers_ GUARDED_BY(mutex_) = 0;
};

}  // namespace wsfs
