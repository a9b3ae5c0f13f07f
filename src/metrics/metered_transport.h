#pragma once

#include <string_view>

#include "http/transport.h"
#include "metrics/metrics.h"

namespace wsfs {

/// What the service calls the endpoint of a URL: "get-status". One of a dozen
/// words, "other" for what is none of them: a path never becomes a label.
std::string_view EndpointOf(std::string_view url);

/// A transport whose calls are counted: each attempt, so the numbers are those
/// of the service's own log.
///
/// Resource type; both references outlive it. Thread-safe.
class MeteredTransport final : public Transport {
 public:
  MeteredTransport(Transport& transport, Metrics& metrics)
      : transport_(transport), metrics_(metrics) {}

  HttpResult Send(const HttpRequest& request) override;

 private:
  struct Attempt;
  void Record(const HttpRequest& request, const Attempt& attempt,
              const HttpResult& result);

  Transport& transport_;
  Metrics& metrics_;
};

}  // namespace wsfs
