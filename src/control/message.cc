#include "control/message.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace wsfs {
namespace {

using Json = nlohmann::json;

/// Text from a filesystem may be any bytes: what is not UTF-8 is replaced.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Json> ParseObject(std::string_view line) {
  Json json = Json::parse(line, nullptr, false);
  if (!json.is_object())
    return Error(Errc::kInvalidArgument,
                 "the control socket carried something that is no message");
  const int version = json.value("version", 0);
  if (version != kControlVersion)
    return Error(
        Errc::kUnsupported,
        fmt::format("the running wsfs speaks version {} of the control "
                    "protocol and this one version {}; unmount with "
                    "the wsfs that mounted",
                    version, kControlVersion));
  return json;
}

/// A member of the wrong type throws inside nlohmann; that is a bad message.
template <typename T, typename Read>
Result<T> Guarded(std::string_view line, Read read) {
  try {
    WSFS_TRY(const Json json, ParseObject(line));
    T message;
    read(json, message);
    return message;
  } catch (const Json::exception&) {
    return Error(Errc::kInvalidArgument,
                 "a message on the control socket has the wrong shape");
  }
}

}  // namespace

std::string ControlRequest::Get(const std::string& name) const {
  const auto found = arguments.find(name);
  return found == arguments.end() ? std::string() : found->second;
}

std::string ToLine(const ControlRequest& request) {
  return Dump({{"version", kControlVersion},
               {"verb", request.verb},
               {"arguments", request.arguments}});
}

std::string ToLine(const ControlReply& reply) {
  Json json = {{"version", kControlVersion},
               {"exit", reply.exit_code},
               {"out", reply.out},
               {"err", reply.err}};
  if (!reply.body.empty())
    json["body"] = Json::parse(reply.body, nullptr, false);
  return Dump(json);
}

Result<ControlRequest> ParseRequest(std::string_view line) {
  return Guarded<ControlRequest>(
      line, [](const Json& json, ControlRequest& request) {
        request.verb = json.at("verb").get<std::string>();
        request.arguments =
            json.value("arguments", std::map<std::string, std::string>());
      });
}

Result<ControlReply> ParseReply(std::string_view line) {
  return Guarded<ControlReply>(line, [](const Json& json, ControlReply& reply) {
    reply.exit_code = json.at("exit").get<int>();
    reply.out = json.value("out", "");
    reply.err = json.value("err", "");
    if (json.contains("body")) reply.body = Dump(json.at("body"));
  });
}

}  // namespace wsfs
