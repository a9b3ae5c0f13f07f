#include "metrics/metrics.h"

#include <algorithm>
#include <map>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace wsfs {
namespace {

using Families = std::vector<prometheus::MetricFamily>;

prometheus::Labels ToMap(const Labels& labels) {
  return {labels.begin(), labels.end()};
}

prometheus::ClientMetric ToMetric(const Readings::One& one) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : one.labels) {
    prometheus::ClientMetric::Label label;
    label.name = name;
    label.value = value;
    metric.label.push_back(label);
  }
  if (one.kind == Readings::Kind::kGauge)
    metric.gauge.value = one.value;
  else
    metric.counter.value = one.value;
  return metric;
}

void Append(const Readings& readings, Families& families) {
  std::map<std::string_view, prometheus::MetricFamily> by_name;
  for (const Readings::One& one : readings.all()) {
    prometheus::MetricFamily& family = by_name[one.metric.name];
    family.name = one.metric.name;
    family.help = one.metric.help;
    family.type = one.kind == Readings::Kind::kGauge
                      ? prometheus::MetricType::Gauge
                      : prometheus::MetricType::Counter;
    family.metric.push_back(ToMetric(one));
  }
  for (auto& [name, family] : by_name) families.push_back(std::move(family));
}

/// The library keeps them in a hash's order, which tells a reader nothing.
void Sort(Families& families) {
  std::ranges::sort(families, {}, &prometheus::MetricFamily::name);
  for (prometheus::MetricFamily& family : families) {
    for (prometheus::ClientMetric& metric : family.metric)
      std::ranges::sort(metric.label, {},
                        &prometheus::ClientMetric::Label::name);
    std::ranges::sort(family.metric, [](const auto& one, const auto& other) {
      return one.label < other.label;
    });
  }
}

}  // namespace

void Counter::Add(double amount) const {
  counter_->Increment(amount);
}

void Histogram::Observe(std::chrono::nanoseconds time) const {
  histogram_->Observe(std::chrono::duration<double>(time).count());
}

void Readings::Gauge(const MetricName& metric, double value, Labels labels) {
  all_.push_back({metric, Kind::kGauge, std::move(labels), value});
}

void Readings::Counter(const MetricName& metric, double value, Labels labels) {
  all_.push_back({metric, Kind::kCounter, std::move(labels), value});
}

class Metrics::Impl {
 public:
  prometheus::Registry registry;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}

Metrics::~Metrics() = default;

Counter Metrics::AddCounter(const MetricName& metric, const Labels& labels) {
  return Counter(prometheus::BuildCounter()
                     .Name(std::string(metric.name))
                     .Help(std::string(metric.help))
                     .Register(impl_->registry)
                     .Add(ToMap(labels)));
}

Histogram Metrics::AddHistogram(const MetricName& metric, const Labels& labels,
                                std::span<const double> bounds) {
  return Histogram(
      prometheus::BuildHistogram()
          .Name(std::string(metric.name))
          .Help(std::string(metric.help))
          .Register(impl_->registry)
          .Add(ToMap(labels), prometheus::Histogram::BucketBoundaries(
                                  bounds.begin(), bounds.end())));
}

std::string Metrics::Text(const Readings& readings) const {
  Families families = impl_->registry.Collect();
  Append(readings, families);
  Sort(families);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace wsfs
