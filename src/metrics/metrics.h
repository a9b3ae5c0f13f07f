#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace prometheus {
class Counter;
class Histogram;
}  // namespace prometheus

namespace wsfs {

/// Names and values. A value is one of a few words that stand in the code:
/// never a path, a token, a URL or anything else that came from outside.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// What is counted, as docs/metrics.md lists it. Value type over literals.
struct MetricName {
  std::string_view name;
  std::string_view help;
};

/// A number that only grows. A handle of its Metrics, which outlives it; a
/// value as cheap as a pointer. Thread-safe.
class Counter {
 public:
  Counter() = default;
  explicit Counter(prometheus::Counter& counter) : counter_(&counter) {}
  bool valid() const { return counter_ != nullptr; }
  void Add(double amount = 1) const;

 private:
  prometheus::Counter* counter_ = nullptr;
};

/// How often something took how long, in seconds. A handle as Counter is.
class Histogram {
 public:
  Histogram() = default;
  explicit Histogram(prometheus::Histogram& histogram)
      : histogram_(&histogram) {}
  bool valid() const { return histogram_ != nullptr; }
  void Observe(std::chrono::nanoseconds time) const;

 private:
  prometheus::Histogram* histogram_ = nullptr;
};

/// What is not counted while it happens but read when somebody asks.
class Readings {
 public:
  enum class Kind : std::uint8_t { kGauge, kCounter };
  struct One {
    MetricName metric;
    Kind kind = Kind::kGauge;
    Labels labels;
    double value = 0;
  };

  void Gauge(const MetricName& metric, double value, Labels labels = {});
  void Counter(const MetricName& metric, double value, Labels labels = {});
  const std::vector<One>& all() const { return all_; }

 private:
  std::vector<One> all_;
};

/// The counters of one engine, and their text for Prometheus. The only class
/// that knows prometheus-cpp.
///
/// Resource type, one per engine. Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// Asked again with the same labels, the same one. Takes locks: keep what it
  /// gives (metrics/slots.h).
  Counter AddCounter(const MetricName& metric, const Labels& labels);
  /// `bounds`: of the buckets, in seconds, ascending.
  Histogram AddHistogram(const MetricName& metric, const Labels& labels,
                         std::span<const double> bounds);

  /// Everything in the text exposition format 0.0.4, sorted by name and labels.
  std::string Text(const Readings& readings) const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace wsfs
