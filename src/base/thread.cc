#include "base/thread.h"

#include <memory>
#include <utility>

#include "base/check.h"

namespace wsfs {
namespace {

struct Start {
  std::string name;
  std::function<void()> body;
};

void* Run(void* argument) {
  const std::unique_ptr<Start> start(static_cast<Start*>(argument));
  ::pthread_setname_np(::pthread_self(), start->name.c_str());
  start->body();
  return nullptr;
}

}  // namespace

Thread::Thread(const std::string& name, std::function<void()> body,
               std::size_t stack_bytes)
    : joinable_(true) {
  auto start = std::make_unique<Start>(name.substr(0, 15), std::move(body));
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  if (stack_bytes != 0) ::pthread_attr_setstacksize(&attributes, stack_bytes);
  const int failed = ::pthread_create(&thread_, &attributes, &Run, start.get());
  ::pthread_attr_destroy(&attributes);
  WSFS_CHECK(failed == 0);
  [[maybe_unused]] const Start* const the_threads_own = start.release();
}

Thread::Thread(Thread&& other) noexcept
    : thread_(other.thread_),
      joinable_(std::exchange(other.joinable_, false)) {}

Thread& Thread::operator=(Thread&& other) noexcept {
  if (this != &other) {
    Join();
    thread_ = other.thread_;
    joinable_ = std::exchange(other.joinable_, false);
  }
  return *this;
}

void Thread::Join() {
  if (std::exchange(joinable_, false)) ::pthread_join(thread_, nullptr);
}

}  // namespace wsfs
