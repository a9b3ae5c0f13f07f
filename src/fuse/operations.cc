#include "fuse/operations.h"

#include <array>
#include <charconv>
#include <exception>
#include <string_view>

#define FUSE_USE_VERSION 312
#include <fcntl.h>
#include <fmt/format.h>
#include <fuse3/fuse_lowlevel.h>
#include <unistd.h>

#include "base/log.h"
#include "base/unique_fd.h"
#include "fuse/errno_map.h"

namespace wsfs {
namespace {

/// "Tgid:" of /proc/THREAD/status; the thread itself when it is gone.
std::int32_t ProcessOfThread(std::int32_t thread) {
  const std::string path = fmt::format("/proc/{}/status", thread);
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 512> buffer{};
  const ssize_t size =
      fd.valid() ? ::read(fd.get(), buffer.data(), buffer.size()) : -1;
  if (size <= 0) return thread;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  constexpr std::string_view kField = "\nTgid:\t";
  const std::size_t at = text.find(kField);
  if (at == std::string_view::npos) return thread;
  std::int32_t process = thread;
  std::from_chars(text.data() + at + kField.size(), text.data() + text.size(),
                  process);
  return process;
}

}  // namespace

const fuse_lowlevel_ops& Operations() {
  static const fuse_lowlevel_ops ops = [] {
    fuse_lowlevel_ops all = {};
    AddNameOperations(all);
    AddAttributeOperations(all);
    AddDirectoryOperations(all);
    AddFileOperations(all);
    AddRangeOperations(all);
    return all;
  }();
  return ops;
}

Adapter& AdapterOf(FuseRequest request) {
  return *static_cast<Adapter*>(::fuse_req_userdata(request));
}

Caller CallerOf(FuseRequest request) {
  const fuse_ctx* context = ::fuse_req_ctx(request);
  return {.uid = context->uid, .gid = context->gid, .process = context->pid};
}

Caller ProcessCallerOf(FuseRequest request) {
  Caller caller = CallerOf(request);
  caller.process = ProcessOfThread(caller.process);
  return caller;
}

void AnswerException(FuseRequest request) noexcept {
  try {
    std::rethrow_exception(std::current_exception());
  } catch (const std::exception& caught) {
    Log(LogLevel::kError, "a file operation threw: {}", caught.what());
  } catch (...) {
    Log(LogLevel::kError, "a file operation threw something unknown");
  }
  ::fuse_reply_err(request, ToErrno(Errc::kIo));
}

}  // namespace wsfs
