#include "core/sync/calls.h"

#include <algorithm>
#include <utility>

namespace wsfs {
namespace {

/// A transfer slower than this is given up: what a deadline adds per byte.
constexpr std::uint64_t kSlowestBytesPerMs = 128;
/// For a download of unknown size.
constexpr Milliseconds kLongestTransfer{30 * 60 * 1'000};

Outcome OutcomeOf(Errc code, bool write) {
  switch (code) {
    case Errc::kNotFound: return Outcome::kAbsent;
    case Errc::kUnsupported: return Outcome::kUnsupported;
    case Errc::kOutcomeUnknown:
    case Errc::kTimeout:
    case Errc::kCancelled: return write ? Outcome::kLost : Outcome::kNotNow;
    case Errc::kThrottled:
    case Errc::kUnavailable:
    case Errc::kUnreachable:
    // A credential can be renewed: nothing is wrong with the file.
    case Errc::kUnauthenticated:
    // Of this machine's disk, not of the service.
    case Errc::kWouldBlock:
    case Errc::kCorrupt:
    case Errc::kIo: return Outcome::kNotNow;
    case Errc::kInvalidArgument:
    case Errc::kAlreadyExists:
    case Errc::kPermissionDenied:
    case Errc::kProtected:
    case Errc::kConflict:
    case Errc::kTypeMismatch:
    case Errc::kTooLarge:
    case Errc::kNoSpace:
    case Errc::kNotEmpty:
    case Errc::kNotADirectory:
    case Errc::kIsADirectory:
    case Errc::kNameTooLong:
    case Errc::kBusy:
    case Errc::kReadOnly:
    case Errc::kCrossesPlaces:
    case Errc::kNoAttribute:
    case Errc::kStale:
    case Errc::kNoSuchOffset: return Outcome::kRefused;
  }
  std::unreachable();
}

}  // namespace

Calls::Calls(Workspace& workspace, Clock& clock, ClockWindow& window,
             Options options)
    : workspace_(workspace),
      clock_(clock),
      window_(window),
      options_(std::move(options)),
      health_(clock) {}

CallOptions Calls::OptionsFor(const Wait& wait, Kind kind, std::uint64_t bytes,
                              CallTimes& times) const {
  CallOptions options;
  options.call_class = wait.call_class;
  options.deadline = wait.deadline.value_or(
      clock_.Now() + options_.deadline +
      Milliseconds(static_cast<std::int64_t>(bytes / kSlowestBytesPerMs)));
  options.cancel = wait.cancel ? wait.cancel : options_.stop;
  // A write is not repeated blindly: its check would be old by then.
  options.retry = kind == Kind::kRead;
  options.times = &times;
  return options;
}

void Calls::Note(const std::optional<Error>& error) {
  if (!error || error->code() == Errc::kCancelled ||
      error->code() == Errc::kNotFound)
    return;
  const MutexLock lock(mutex_);
  last_error_ = error->message();
}

std::string Calls::last_error() const {
  const MutexLock lock(mutex_);
  return last_error_;
}

template <typename T, typename Ask>
Reply<T> Calls::Make(Kind kind, CallKind size, const std::string& path,
                     const Ask& ask) {
  Reply<T> reply;
  const Result<RemotePath> parsed = RemotePath::Parse(path);
  if (!parsed.ok()) {
    reply.outcome = Outcome::kRefused;
    reply.error = parsed.error();
    return reply;
  }
  reply.times.sent_ms = clock_.Wall() / 1'000'000;
  CallTimes exact;
  const ServiceHealth::Ticket ticket = health_.Begin(size);
  auto result = ask(*parsed, exact);
  reply.times.answered_ms = clock_.Wall() / 1'000'000;
  if (exact.sent_ms != 0) reply.times = exact;
  window_.LearnDate(reply.times);
  if (result.ok()) {
    reply.outcome = Outcome::kOk;
    if constexpr (std::is_same_v<T, Nothing>) {
      reply.value = Nothing();
    } else {
      reply.value = *std::move(result);
    }
  } else {
    reply.outcome = OutcomeOf(result.error().code(), kind == Kind::kWrite);
    reply.error = std::move(result).error();
  }
  health_.End(ticket, reply.error);
  Note(reply.error);
  return reply;
}

namespace {

/// What the service says of a notebook's size (0, or nothing) is no size
/// (databricks-api.md §2.1).
void DropFalseSize(ObjectInfo& info) {
  if (info.type == ObjectType::kNotebook) info.size.reset();
}

Reply<std::vector<ObjectInfo>> WithTrueSizes(
    Reply<std::vector<ObjectInfo>> reply) {
  if (reply.value) std::ranges::for_each(*reply.value, DropFalseSize);
  return reply;
}

}  // namespace

Reply<ObjectInfo> Calls::GetStatus(const std::string& path, const Wait& wait) {
  Reply<ObjectInfo> reply =
      Make<ObjectInfo>(Kind::kRead, CallKind::kSmall, path,
                       [&](const RemotePath& at, CallTimes& times) {
                         return workspace_.GetStatus(
                             at, OptionsFor(wait, Kind::kRead, 0, times));
                       });
  if (reply.value) DropFalseSize(*reply.value);
  return reply;
}

Reply<std::vector<ObjectInfo>> Calls::List(const std::string& path,
                                           const Wait& wait) {
  return WithTrueSizes(Make<std::vector<ObjectInfo>>(
      Kind::kRead, CallKind::kSmall, path,
      [&](const RemotePath& at, CallTimes& times) {
        return workspace_.List(at, OptionsFor(wait, Kind::kRead, 0, times));
      }));
}

Reply<std::vector<ObjectInfo>> Calls::ListFiles(const std::string& path,
                                                const Wait& wait) {
  return WithTrueSizes(Make<std::vector<ObjectInfo>>(
      Kind::kRead, CallKind::kSmall, path,
      [&](const RemotePath& at, CallTimes& times) {
        return workspace_.ListFiles(at,
                                    OptionsFor(wait, Kind::kRead, 0, times));
      }));
}

Reply<Nothing> Calls::Mkdirs(const std::string& path) {
  return Make<Nothing>(Kind::kWrite, CallKind::kSmall, path,
                       [&](const RemotePath& at, CallTimes& times) {
                         return workspace_.Mkdirs(
                             at, OptionsFor(Wait(), Kind::kWrite, 0, times));
                       });
}

Reply<Nothing> Calls::Delete(const std::string& path, bool recursive) {
  return Make<Nothing>(Kind::kWrite, CallKind::kSmall, path,
                       [&](const RemotePath& at, CallTimes& times) {
                         return workspace_.Delete(
                             at, recursive,
                             OptionsFor(Wait(), Kind::kWrite, 0, times));
                       });
}

Reply<Nothing> Calls::Rename(const std::string& from, const std::string& to) {
  return Make<Nothing>(
      Kind::kWrite, CallKind::kSmall, from,
      [&](const RemotePath& at, CallTimes& times) -> Result<void> {
        WSFS_TRY(const RemotePath target, RemotePath::Parse(to));
        return workspace_.Rename(at, target,
                                 OptionsFor(Wait(), Kind::kWrite, 0, times));
      });
}

Reply<Nothing> Calls::Import(const std::string& path, ImportFormat format,
                             Language language, bool overwrite,
                             ByteSource& content) {
  return Make<Nothing>(
      Kind::kWrite, CallKind::kTransfer, path,
      [&](const RemotePath& at, CallTimes& times) {
        return workspace_.Import(
            {.path = at,
             .format = format,
             .language = language,
             .overwrite = overwrite},
            content,
            OptionsFor(Wait(), Kind::kWrite, content.size_bytes(), times));
      });
}

Reply<Nothing> Calls::Export(const std::string& path, ExportFormat format,
                             ByteSink& sink, const Wait& wait,
                             const Transfer& transfer) {
  const std::optional<std::uint64_t>& size = transfer.size_hint;
  return Make<Nothing>(Kind::kRead, CallKind::kTransfer, path,
                       [&](const RemotePath& at, CallTimes& times) {
                         CallOptions options = OptionsFor(
                             wait, Kind::kRead, size.value_or(0), times);
                         if (!size && !wait.deadline)
                           options.deadline = clock_.Now() + kLongestTransfer;
                         options.retry = transfer.retry;
                         return workspace_.Export(at, format, sink, options);
                       });
}

}  // namespace wsfs
