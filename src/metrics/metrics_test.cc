#include "metrics/metrics.h"

#include <array>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/process_readings.h"
#include "metrics/slots.h"

namespace wsfs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr MetricName kCalls = {.name = "calls_total", .help = "Calls"};
constexpr MetricName kTimes = {.name = "call_seconds", .help = "Time"};
constexpr MetricName kHeld = {.name = "held_bytes", .help = "Bytes"};
constexpr std::array kBounds = {0.1, 1.0};

TEST(MetricsTest, CountsAndTimesStandInTheTextByName) {
  Metrics metrics;
  metrics.AddCounter(kCalls, {{"endpoint", "list"}}).Add();
  metrics.AddCounter(kCalls, {{"endpoint", "export"}}).Add(2);
  const Histogram times = metrics.AddHistogram(kTimes, {}, kBounds);
  times.Observe(std::chrono::milliseconds(500));
  times.Observe(std::chrono::seconds(2));
  Readings readings;
  readings.Gauge(kHeld, 7, {{"size", "small"}});

  EXPECT_EQ(metrics.Text(readings),
            "# HELP call_seconds Time\n"
            "# TYPE call_seconds histogram\n"
            "call_seconds_count 2\n"
            "call_seconds_sum 2.5\n"
            "call_seconds_bucket{le=\"0.1\"} 0\n"
            "call_seconds_bucket{le=\"1\"} 1\n"
            "call_seconds_bucket{le=\"+Inf\"} 2\n"
            "# HELP calls_total Calls\n"
            "# TYPE calls_total counter\n"
            "calls_total{endpoint=\"export\"} 2\n"
            "calls_total{endpoint=\"list\"} 1\n"
            "# HELP held_bytes Bytes\n"
            "# TYPE held_bytes gauge\n"
            "held_bytes{size=\"small\"} 7\n");
}

TEST(MetricsTest, TheSameNameAndLabelsAreTheSameCounter) {
  Metrics metrics;
  const Labels labels = {{"endpoint", "list"}};
  metrics.AddCounter(kCalls, labels).Add();
  metrics.AddCounter(kCalls, labels).Add();

  EXPECT_THAT(metrics.Text({}), HasSubstr("calls_total{endpoint=\"list\"} 2"));
}

TEST(MetricsTest, WhatIsReadWhenAskedIsGoneTheNextTime) {
  const Metrics metrics;
  Readings readings;
  readings.Counter(kCalls, 3);

  EXPECT_THAT(metrics.Text(readings), HasSubstr("calls_total 3"));
  EXPECT_THAT(metrics.Text({}), Not(HasSubstr("calls_total")));
}

TEST(MetricsTest, ManyThreadsLoseNothing) {
  constexpr int kThreads = 4;
  constexpr int kEach = 5'000;
  Metrics metrics;
  Slots<Counter, 2> slots;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < kEach; ++n)
          slots.At(1, [&] { return metrics.AddCounter(kCalls, {}); }).Add();
      });
  }

  EXPECT_THAT(metrics.Text({}), HasSubstr("calls_total 20000\n"));
}

TEST(ProcessReadingsTest, AreOfThisProcess) {
  Readings readings;
  AppendProcess(readings);

  const auto value = [&](std::string_view name) {
    for (const Readings::One& one : readings.all())
      if (one.metric.name == name) return one.value;
    return -1.0;
  };
  const auto now = std::chrono::duration<double>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  EXPECT_GT(value("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(value("process_virtual_memory_bytes"),
            value("process_resident_memory_bytes"));
  EXPECT_GE(value("process_cpu_seconds_total"), 0);
  EXPECT_GE(value("process_threads"), 1);
  EXPECT_GE(value("process_open_fds"), 3);
  EXPECT_GE(value("process_max_fds"), value("process_open_fds"));
  EXPECT_NEAR(value("process_start_time_seconds"), now, 60);
}

}  // namespace
}  // namespace wsfs
