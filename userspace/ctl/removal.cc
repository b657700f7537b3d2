// SPDX-License-Identifier: Apache-2.0
#include "ctl/removal.h"

#include <utility>

#include "ctl/replace_call.h"

namespace buddyring {
namespace {

constexpr const char* sender_name = "buddyctl";

// What a buddy of a removed server said to being told of its new buddy: nobody
// else would tell it while the removed server lives and goes on answering.
struct Told {
  bool understood = false;
  std::string said;
};
Told tell_buddy(const std::string& pool, const PoolKeys& keys, const std::string& removed, const BuddyRow& receiver,
                const Server& replacement) {
  ReplaceMessage message;
  message.pool = pool;
  message.receiver = receiver.server.name;
  message.receiver_epoch = receiver.epoch;
  message.server_to_replace = removed;
  message.replacement = replacement;
  message.sender = sender_name;
  const Result<ReplaceAck> acknowledgement = call_replace(receiver.server, keys, message);
  if (!acknowledgement.ok()) {
    return {.understood = false, .said = acknowledgement.error().message};
  }
  const ReplaceAck& said = acknowledgement.value();
  const bool refused = said.code == AckCode::refused;
  return {.understood = !refused, .said = refused ? describe(said.refusal) : describe(said.code)};
}

}  // namespace

Json server_json(const Server& server) {
  return {{"name", server.name},
          {"address", server.address.text()},
          {"replace_port", server.replace_port},
          {"incarnation", server.incarnation}};
}

std::optional<Removal> remove_from_ring(RegistryClient& registry, const std::string& pool, const PoolKeys& keys,
                                        const DeleteRequest& request) {
  const std::string& name = request.server;
  const DeleteReply reply = value_or_fail(registry.remove(pool, request));
  if (reply.outcome != DeleteReply::Outcome::deleted) {
    return std::nullopt;
  }
  Removal removal;
  removal.text = "removed " + name + " from pool " + pool + "; ";
  const auto& [a, b] = reply.buddies;
  if (!a || !b) {
    removal.text += "it was the last\n";
    return removal;
  }
  const bool alone = a->server.name == b->server.name;
  removal.text += a->server.name + (alone ? " is alone now" : " and " + b->server.name + " are buddies now") + "\n";
  for (const auto& [receiver, other] : {std::pair{&*a, &*b}, std::pair{&*b, &*a}}) {
    const Told told = tell_buddy(pool, keys, name, *receiver, other->server);
    removal.all_understood = removal.all_understood && told.understood;
    Json entry = server_json(receiver->server);
    entry["epoch"] = receiver->epoch;
    entry["said"] = told.said;
    removal.buddies.push_back(std::move(entry));
    removal.text += receiver->server.name + " was told: " + told.said + "\n";
    if (alone) {
      break;
    }
  }
  return removal;
}

}  // namespace buddyring
