import com.google.api.client.json.gson.GsonFactory;
import com.google.firebase.FirebaseApp;
import com.google.firebase.FirebaseOptions;
import com.google.firebase.messaging.BatchResponse;
import com.google.firebase.messaging.FirebaseMessaging;
import com.google.firebase.messaging.FirebaseMessagingException;
import com.google.firebase.messaging.Message;
import com.google.firebase.messaging.MulticastMessage;
import com.google.firebase.messaging.Notification;
import com.google.firebase.messaging.TopicManagementResponse;
import java.io.InputStreamReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Does with the unmodified Java SDK what the scene on stdin asks for; what came of it goes to stdout as JSON. */
public final class Send {
  private final Map<String, Object> scene;
  private final FirebaseMessaging fcm;
  private final Map<String, Object> found = new HashMap<>();

  private Send(Map<String, Object> scene) {
    this.scene = scene;
    var options =
        FirebaseOptions.builder()
            .setCredentials(Redirect.anyBearer())
            .setProjectId(named("project"))
            .setHttpTransport(Redirect.to(named("address")))
            .build();
    fcm = FirebaseMessaging.getInstance(FirebaseApp.initializeApp(options));
  }

  @SuppressWarnings("unchecked")
  public static void main(String[] arguments) throws Exception {
    var json = GsonFactory.getDefaultInstance();
    var send = new Send(json.fromReader(new InputStreamReader(System.in), Map.class));
    if (arguments[0].equals("topics")) {
      send.topics();
    } else {
      send.sends();
    }
    System.out.println(json.toString(send.found));
    // The SDK's own threads would keep the program alive for a while.
    System.exit(0);
  }

  private void sends() throws FirebaseMessagingException {
    var failures = failures();
    var phone = to(named("phone")).build();
    var missing = to(named("missing")).build();
    found.put("fid", fcm.send(phone));
    found.put("token", fcm.send(Message.builder().setToken(named("oldPhone")).build()));
    found.put("validated", fcm.send(phone, true));
    found.put("each", outcomes(fcm.sendEach(List.of(phone, missing))));
    found.put(
        "multicast",
        outcomes(
            fcm.sendEachForMulticast(
                MulticastMessage.builder()
                    .addToken(named("oldPhone"))
                    .addAllFids(List.of(named("phone"), named("missing")))
                    .build())));
    found.put("malformed", codeOf(Message.builder().setToken("nonsense").build()));
    var codes = new HashMap<String, String>();
    failures.forEach((fault, code) -> codes.put(fault, code.join()));
    found.put("failures", codes);
  }

  private void topics() throws FirebaseMessagingException {
    var topic = named("topic");
    var devices = List.of(named("phone"), named("oldPhone"));
    var in =
        fcm.subscribeToTopic(List.of(devices.get(0), devices.get(1), named("missing")), topic);
    found.put("sent", fcm.send(Message.builder().setTopic(topic).build()));
    var out = fcm.unsubscribeFromTopic(devices, topic);
    found.put("counts", List.of(counts(in), counts(out)));
  }

  /** Starts all failing sends at once, since some of them are tried again for seconds. */
  @SuppressWarnings("unchecked")
  private Map<String, CompletableFuture<String>> failures() {
    var codes = new HashMap<String, CompletableFuture<String>>();
    ((Map<String, String>) scene.get("failing"))
        .forEach(
            (fault, fid) ->
                codes.put(
                    fault,
                    CompletableFuture.supplyAsync(
                        () -> codeOf(to(fid).build()), work -> new Thread(work).start())));
    return codes;
  }

  private String codeOf(Message message) {
    try {
      return fcm.send(message);
    } catch (FirebaseMessagingException error) {
      return codeOf(error);
    }
  }

  private static String codeOf(FirebaseMessagingException error) {
    var code = error.getMessagingErrorCode();
    return code != null ? code.name() : error.getErrorCode().name();
  }

  private static List<String> outcomes(BatchResponse batch) {
    return batch.getResponses().stream()
        .map(one -> one.isSuccessful() ? one.getMessageId() : codeOf(one.getException()))
        .toList();
  }

  private static List<Integer> counts(TopicManagementResponse response) {
    return List.of(response.getSuccessCount(), response.getFailureCount());
  }

  private static Message.Builder to(String fid) {
    var note = Notification.builder().setTitle("Hello").setBody("from Java").build();
    return Message.builder().setFid(fid).setNotification(note);
  }

  private String named(String name) {
    return (String) scene.get(name);
  }
}
