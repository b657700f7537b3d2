// SPDX-License-Identifier: Apache-2.0
#include "router/answer.h"

#include <microhttpd.h>

#include <nlohmann/json.hpp>

namespace buddyring {

Answer error_answer(unsigned status, const char* kind, const std::string& message) {
  const nlohmann::ordered_json body{{"error", {{"kind", kind}, {"message", message}}}};
  return {status,
          {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n"};
}

Answer only_reading() {
  Answer refusal = error_answer(405, "method_not_allowed", "only GET and HEAD are answered here");
  refusal.headers.emplace_back("Allow", "GET, HEAD");
  return refusal;
}

bool send_answer(MHD_Connection* connection, const Answer& answer) {
  // The library takes what it copies by a pointer to what it might change.
  MHD_Response* response =
      MHD_create_response_from_buffer(answer.body.size(), const_cast<char*>(answer.body.data()), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) {
    return false;
  }
  bool whole = true;
  for (const auto& [name, value] : answer.headers) {
    whole = whole && MHD_add_response_header(response, name.c_str(), value.c_str()) == MHD_YES;
  }
  const bool queued = whole && MHD_queue_response(connection, answer.status, response) == MHD_YES;
  MHD_destroy_response(response);
  return queued;
}

}  // namespace buddyring
