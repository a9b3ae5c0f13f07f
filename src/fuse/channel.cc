#include "fuse/channel.h"

#include <array>
#include <cstring>

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>
#include <linux/fuse.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuse/adapter.h"

namespace wsfs {
namespace {

// From the kernel's header of 6.16; Debian 12's does not have it.
constexpr std::int32_t kNotifyIncrementEpoch = 8;
constexpr std::uint32_t kMinorWithEpoch = 44;

}  // namespace

bool Channel::Attach(fuse_session* session) {
  fd_ = ::fuse_session_fd(session);
  const fuse_custom_io io = {.writev = Write,
                             .read = Read,
                             .splice_receive = nullptr,
                             .splice_send = nullptr};
  return ::fuse_session_custom_io(session, &io, fd_) == 0;
}

bool Channel::ExpireAllEntries() {
  if (!can_expire_all_) return false;
  const fuse_out_header message = {.len = sizeof(fuse_out_header),
                                   .error = kNotifyIncrementEpoch,
                                   .unique = 0};
  return ::write(fd_, &message, sizeof(message)) == sizeof(message);
}

Channel* Channel::Of(void* userdata) {
  return &static_cast<Adapter*>(userdata)->channel();
}

void Channel::SeeRequest(const void* bytes, std::size_t size) {
  struct {
    fuse_in_header header;
    fuse_init_in init;
  } request = {};
  if (init_request_ != 0 || size < sizeof(request.header)) return;
  std::memcpy(&request, bytes, std::min(size, sizeof(request)));
  if (request.header.opcode != FUSE_INIT) return;
  can_expire_all_ = request.init.minor >= kMinorWithEpoch;
  init_request_ = request.header.unique;
}

ssize_t Channel::Read(int fd, void* buffer, std::size_t size, void* userdata) {
  const ssize_t got = ::read(fd, buffer, size);
  if (got > 0) Of(userdata)->SeeRequest(buffer, static_cast<std::size_t>(got));
  return got;
}

ssize_t Channel::Write(int fd, struct iovec* parts, int count, void* userdata) {
  const Channel* self = Of(userdata);
  fuse_out_header header = {};
  std::memcpy(&header, parts[0].iov_base, sizeof(header));
  const bool is_init = header.unique != 0 &&
                       header.unique == self->init_request_ &&
                       header.error == 0 && count == 2;
  if (!is_init) return ::writev(fd, parts, count);
  fuse_init_out init = {};
  std::memcpy(&init, parts[1].iov_base,
              std::min(parts[1].iov_len, sizeof(init)));
  init.flags |= FUSE_PARALLEL_DIROPS;
  std::array<iovec, 2> patched = {
      parts[0], iovec{.iov_base = &init, .iov_len = parts[1].iov_len}};
  return ::writev(fd, patched.data(), count);
}

}  // namespace wsfs
