#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/sync/protocols.h"

namespace wsfs {
namespace {

constexpr int kCompareTries = 3;

/// The object under which a new node is made; null when it cannot be now.
const Object* ParentForNew(const Catalogue& catalogue, const Node& node) {
  if (node.detached() || node.bind != kNoObject || node.intent) return nullptr;
  if (node.place == Place::kLocal) return nullptr;
  if (catalogue.InLocalTree(node.parent)) return nullptr;
  const Object* const parent =
      catalogue.FindObject(catalogue.node(node.parent).bind);
  if (parent == nullptr || parent->fresh || parent->has_news()) return nullptr;
  return Unsettled(catalogue, *parent) ? nullptr : parent;
}

/// Its directory has been quiet since the plan was made, too.
bool StillSettled(const Catalogue& catalogue, const Node& node,
                  PlanMillis now) {
  const PlanMillis own = std::max(node.touched, node.closed);
  return now >= QuietUntil(own, {catalogue.node(node.parent).touched});
}

bool StillMakes(const Catalogue& catalogue, NodeId id, const Intent& intent) {
  const Node* const node = catalogue.FindNode(id);
  return node != nullptr && SameIntent(node->intent, intent);
}

std::optional<Intent> IntentOf(Ledger& ledger, NodeId id) {
  return ledger.Read([&](const Catalogue& catalogue) -> std::optional<Intent> {
    const Node* const node = catalogue.FindNode(id);
    if (node == nullptr) return std::nullopt;
    return node->intent;
  });
}

/// Holds its remote name for good: nobody is about to take it away.
bool Stays(const Catalogue& catalogue, const Object& holder) {
  if (holder.fresh || holder.has_news() || holder.intent) return false;
  const Node* const node = catalogue.NodeOf(holder.key);
  return node != nullptr && node->place == Place::kRemote &&
         catalogue.InPlace(*node, holder);
}

enum class NameState : std::uint8_t { kFree, kLeaving, kTaken };

NameState StateOf(const Catalogue& catalogue, ObjectKey parent,
                  const std::string& name) {
  const Object* const holder = catalogue.ObjectChild(parent, name);
  if (holder == nullptr) return NameState::kFree;
  return Stays(catalogue, *holder) ? NameState::kTaken : NameState::kLeaving;
}

/// What the new node is at the service: by its content, or a plain file under
/// its full name when another object has the notebook's name.
std::optional<NewForm> FreeForm(const Catalogue& catalogue, ObjectKey parent,
                                const Node& node, const Content& content,
                                std::string& refusal) {
  std::optional<NewForm> made = FormFor(node.name, content);
  if (!made) return std::nullopt;
  NameState state = StateOf(catalogue, parent, made->remote_name);
  if (state == NameState::kTaken && made->remote_name != node.name) {
    made = NewForm{.form = {}, .remote_name = node.name};
    state = StateOf(catalogue, parent, made->remote_name);
  }
  if (state == NameState::kFree) return made;
  if (state == NameState::kTaken)
    refusal = "another object has the name \"" + made->remote_name +
              "\" in this folder: rename one of them";
  return std::nullopt;
}

/// The call has said no; what that means is found out by another call.
bool IsFinal(const Reply<Nothing>& reply) {
  return reply.outcome == Outcome::kRefused ||
         reply.outcome == Outcome::kUnsupported;
}

ImportFormat WireFormatOf(const Intent& intent) {
  if (intent.kind != ObjectKind::kNotebook) return ImportFormat::kRaw;
  return intent.format == NotebookFormat::kJupyter ? ImportFormat::kJupyter
                                                   : ImportFormat::kSource;
}

Language WireLanguageOf(const Intent& intent) {
  return WireFormatOf(intent) == ImportFormat::kSource ? intent.language
                                                       : Language::kNone;
}

/// Why somebody who expected a notebook has a file; "": nobody would.
std::string WhyNoNotebook(const Node& node, const Intent& intent) {
  if (intent.kind != ObjectKind::kFile || !intent.content) return "";
  const auto form = FormFor(node.name, *intent.content);
  if (form && form->form.kind == ObjectKind::kNotebook)
    return fmt::format("another object has the name \"{}\" of its notebook",
                       form->remote_name);
  if (NeedsJupyterTest(node.name) && intent.content->size_bytes > 0)
    return "a notebook is JSON with cells, metadata and nbformat 4";
  return "";
}

/// It is there, as what the service made of it.
ObjectKey TakeCreated(Catalogue& catalogue, NodeId id, const Intent& intent,
                      const RemoteInfo& info, PlanMillis now) {
  const ObjectKey key = BindCreated(catalogue, id, intent, info, now);
  const Node* const node = catalogue.FindNode(id);
  if (key == kNoObject || node == nullptr) return key;
  const std::string why = WhyNoNotebook(*node, intent);
  if (!why.empty())
    catalogue.AddNotice({now, catalogue.ShownPathOf(*node),
                         fmt::format("it went up as a file: {}", why)});
  return key;
}

}  // namespace

Result<void> Protocols::Create(NodeId id) {
  WSFS_TRY(const bool too_large, RefuseTooLarge(id));
  if (too_large) return {};
  WSFS_TRY(const bool digested, EnsureDigest(id));
  if (!digested) return {};
  WSFS_TRY(const std::optional<Intent> intent, IntendCreate(id));
  return intent ? SendCreate(id, *intent) : Result<void>();
}

Result<std::optional<Intent>> Protocols::IntendCreate(NodeId id) {
  std::optional<Intent> made;
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    const Node* const node = catalogue.FindNode(id);
    if (node == nullptr || node->gen == 0 || !node->content) return;
    if (node->unclosed) return;
    if (!node->content->digest) return;
    const Object* const parent = ParentForNew(catalogue, *node);
    if (parent == nullptr) return;
    if (!IsUrgent(id) && !StillSettled(catalogue, *node, now)) return;
    std::string refusal;
    const std::optional<NewForm> made_as =
        FreeForm(catalogue, parent->key, *node, *node->content, refusal);
    if (!refusal.empty()) Refuse(catalogue, id, now, refusal);
    if (!made_as) return;
    const std::string path =
        ChildPath(catalogue.RemotePathOf(*parent), made_as->remote_name);
    if (IsClaimed(catalogue, path)) return;
    made = NewIntent(IntentOp::kCreate, made_as->form, now);
    made->gen = node->gen;
    made->content = node->content;
    made->node = id;
    made->dst = path;
    made->parent = parent->key;
    made->name = made_as->remote_name;
    made->view = node->name;
    catalogue.EditNode(id).intent = made;
  }));
  return made;
}

Result<void> Protocols::SendCreate(NodeId id, const Intent& intent) {
  Reply<Nothing> reply;
  WSFS_TRY(const std::shared_ptr<Body> body, OpenBytesOf(intent));
  const Result<void> reached = barrier_.Reach();
  if (body && reached.ok()) {
    BodySource source(body);
    reply = calls_.Import(intent.dst, WireFormatOf(intent),
                          WireLanguageOf(intent), /*overwrite=*/false, source);
  }
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    if (!StillMakes(catalogue, id, intent)) return;
    Node& node = catalogue.EditNode(id);
    if (reply.ok()) {
      node.intent->acked =
          Intent::Acked{.sent_ms = reply.times.sent_ms,
                        .answered_ms = reply.times.answered_ms};
    } else if (reply.outcome == Outcome::kLost) {
      ExpectEcho(catalogue, intent, now);
      node.again = now + 500;
    } else {
      GiveUpIntent(catalogue, id);
      if (!IsFinal(reply)) BackOffNode(catalogue, id, now, reply.why());
    }
  }));
  WSFS_RETURN_IF_ERROR(reached);
  if (reply.ok()) return ResolveCreate(id);
  if (reply.outcome == Outcome::kNotNow || reply.outcome == Outcome::kLost)
    return {};
  return CreateRefused(id, intent, reply);
}

Result<void> Protocols::CreateRefused(NodeId id, const Intent& intent,
                                      const Reply<Nothing>& reply) {
  if (reply.outcome == Outcome::kAbsent) return ParentLost(intent.parent);
  const Reply<ObjectInfo> status = calls_.GetStatus(intent.dst);
  return Commit([&](Catalogue& catalogue, PlanMillis now) {
    BackOffNode(catalogue, id, now, reply.why());
    if (status.ok()) {
      if (catalogue.FindObject(intent.parent) != nullptr)
        Newcomer(catalogue, intent.parent, *status.value, intent.name, now);
    } else if (status.outcome == Outcome::kAbsent) {
      // The name is free and still refused: that is final.
      const Node* const node = catalogue.FindNode(id);
      if (node != nullptr && node->bind == kNoObject && !node->intent &&
          node->gen == intent.gen)
        Refuse(catalogue, id, now, reply.cause());
    }
  });
}

void Protocols::GiveUpIntent(Catalogue& catalogue, NodeId id) {
  if (catalogue.node(id).detached()) {
    catalogue.RemoveNode(id);  // It was kept for this answer only.
  } else {
    catalogue.EditNode(id).intent.reset();
  }
}

Result<void> Protocols::ResolveCreate(NodeId id) {
  for (int i = 0; i < kCompareTries; ++i) {
    const std::optional<Intent> intent = IntentOf(ledger_, id);
    if (!intent) return {};
    WSFS_TRY(const Step step, ConfirmCreate(id, *intent));
    if (step == Step::kDone) break;
  }
  return MakeClean(id);
}

Result<Protocols::Step> Protocols::ConfirmCreate(NodeId id,
                                                 const Intent& intent) {
  const Reply<ObjectInfo> reply = calls_.GetStatus(intent.dst);
  bool compare = false;
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    if (!StillMakes(catalogue, id, intent)) return;
    if (reply.outcome == Outcome::kAbsent) {
      if (intent.acked && now - intent.at < kSuspectMs) {
        catalogue.EditNode(id).again = NextLook(intent.at, now, kSuspectMs);
        return;
      }
      catalogue.EditNode(id).again = now + 500;
      if (!intent.acked) ExpectEcho(catalogue, intent, now);
      GiveUpIntent(catalogue, id);
      return;
    }
    if (!reply.ok()) {
      BackOffNode(catalogue, id, now, reply.cause());
      return;
    }
    const RemoteInfo info = Reduce(*reply.value);
    if (info.kind == intent.kind && intent.acked &&
        window_.MayBeOurs(info.version.modified_at, *intent.acked)) {
      window_.Learn(info.version.modified_at, *intent.acked);
      TakeCreated(catalogue, id, intent, info, now);
      retries_.Succeeded(id);
      return;
    }
    compare =
        info.kind == ObjectKind::kFile || info.kind == ObjectKind::kNotebook;
    if (compare) return;
    GiveUpIntent(catalogue, id);
    if (catalogue.FindObject(intent.parent) != nullptr)
      Newcomer(catalogue, intent.parent, *reply.value, intent.name, now);
  }));
  if (!compare) return Step::kDone;
  return CompareWithCreate(id, intent, *reply.value);
}

Result<Protocols::Step> Protocols::CompareWithCreate(NodeId id,
                                                     const Intent& intent,
                                                     const ObjectInfo& found) {
  const RemoteInfo info = Reduce(found);
  WSFS_TRY(const FetchedContent exported, Export(intent.dst, FormOf(info)));
  Reply<ObjectInfo> status;
  if (exported.reply.ok()) status = calls_.GetStatus(intent.dst);
  Step step = Step::kDone;
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    if (!StillMakes(catalogue, id, intent)) return;
    if (!exported.reply.ok()) {
      BackOffNode(catalogue, id, now, exported.reply.why());
      return;
    }
    if (!status.ok() ||
        !SameVersion(Reduce(*status.value).version, info.version)) {
      catalogue.EditNode(id).again = now + 500;
      step = Step::kAgain;
      return;
    }
    const Form form = FormOf(intent);
    const bool ours =
        NormalHash(exported.content, form) == NormalHash(intent.content, form);
    if (info.kind != intent.kind || (!ours && !intent.acked)) {
      GiveUpIntent(catalogue, id);
      if (catalogue.FindObject(intent.parent) != nullptr)
        Newcomer(catalogue, intent.parent, found, intent.name, now);
      return;
    }
    if (ours && intent.acked)
      window_.Learn(info.version.modified_at, *intent.acked);
    const ObjectKey key = TakeCreated(catalogue, id, intent, info, now);
    retries_.Succeeded(id);
    if (key == kNoObject || ours) return;
    // Ours went in first, then somebody wrote over it.
    Object& object = catalogue.EditObject(key);
    object.version.modified_at -= 1;
    object.news = info;
    object.news_content = exported.content;
  }));
  return step;
}

Result<void> Protocols::Mkdir(NodeId id) {
  std::optional<Intent> made;
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    const Node* const node = catalogue.FindNode(id);
    if (node == nullptr || node->kind != NodeKind::kDirectory) return;
    const Object* const parent = ParentForNew(catalogue, *node);
    if (parent == nullptr) return;
    if (!IsUrgent(id) && !StillSettled(catalogue, *node, now)) return;
    const NameState state = StateOf(catalogue, parent->key, node->name);
    if (state == NameState::kTaken)
      catalogue.EditNode(id).refused =
          "another object has the name \"" + node->name + "\" in this folder";
    if (state != NameState::kFree) return;
    const std::string path =
        ChildPath(catalogue.RemotePathOf(*parent), node->name);
    if (IsClaimed(catalogue, path)) return;
    made = NewIntent(IntentOp::kMkdir, {.kind = ObjectKind::kDirectory}, now);
    made->node = id;
    made->dst = path;
    made->parent = parent->key;
    made->name = node->name;
    made->view = node->name;
    catalogue.EditNode(id).intent = made;
  }));
  if (!made) return {};
  Reply<Nothing> reply;
  const Result<void> reached = barrier_.Reach();
  if (reached.ok()) reply = calls_.Mkdirs(made->dst);
  // A lost answer is looked after at once: mkdirs may be sent again.
  if (reply.ok() || reply.outcome == Outcome::kLost) return ResolveMkdir(id);
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    if (!StillMakes(catalogue, id, *made)) return;
    GiveUpIntent(catalogue, id);
    if (!IsFinal(reply)) BackOffNode(catalogue, id, now, reply.why());
  }));
  WSFS_RETURN_IF_ERROR(reached);
  if (reply.outcome == Outcome::kNotNow) return {};
  return MkdirRefused(id, *made, reply.cause());
}

Result<void> Protocols::MkdirRefused(NodeId id, const Intent& intent,
                                     const Cause& cause) {
  const Reply<ObjectInfo> status = calls_.GetStatus(intent.dst);
  WSFS_RETURN_IF_ERROR(Commit([&](Catalogue& catalogue, PlanMillis now) {
    BackOffNode(catalogue, id, now, cause.why);
    if (status.ok() && catalogue.FindObject(intent.parent) != nullptr)
      Newcomer(catalogue, intent.parent, *status.value, intent.name, now);
  }));
  if (status.outcome != Outcome::kAbsent) return {};
  WSFS_RETURN_IF_ERROR(ParentLost(intent.parent));
  return Commit([&](Catalogue& catalogue, PlanMillis now) {
    const Object* const parent = catalogue.FindObject(intent.parent);
    const Node* const node = catalogue.FindNode(id);
    if (parent == nullptr || parent->has_news() || node == nullptr ||
        node->bind != kNoObject || node->intent)
      return;
    // The parent is there, the name is free, and still it is refused.
    Refuse(catalogue, id, now, cause);
  });
}

Result<void> Protocols::ResolveMkdir(NodeId id) {
  const std::optional<Intent> intent = IntentOf(ledger_, id);
  if (!intent) return {};
  const Reply<ObjectInfo> reply = calls_.GetStatus(intent->dst);
  return Commit([&](Catalogue& catalogue, PlanMillis now) {
    if (!StillMakes(catalogue, id, *intent)) return;
    if (reply.outcome == Outcome::kAbsent) {
      if (now - intent->at < kSuspectMs) {
        catalogue.EditNode(id).again = NextLook(intent->at, now, kSuspectMs);
        return;
      }
      catalogue.EditNode(id).again = now + 1'000;
      GiveUpIntent(catalogue, id);
      return;
    }
    if (!reply.ok()) {
      BackOffNode(catalogue, id, now, reply.cause());
      return;
    }
    const RemoteInfo info = Reduce(*reply.value);
    if (info.kind == ObjectKind::kDirectory) {
      BindCreated(catalogue, id, *intent, info, now);
      retries_.Succeeded(id);
      return;
    }
    GiveUpIntent(catalogue, id);
    if (catalogue.FindObject(intent->parent) != nullptr)
      Newcomer(catalogue, intent->parent, *reply.value, intent->name, now);
  });
}

}  // namespace wsfs
