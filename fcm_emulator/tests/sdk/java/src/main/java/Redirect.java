import com.google.api.client.http.HttpTransport;
import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.firebase.internal.ApacheHttp2Transport;
import java.time.Instant;
import java.util.Date;
import java.util.Set;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.routing.HttpRoutePlanner;
import org.apache.hc.core5.http.HttpHost;

/** What FirebaseOptions need to send what is meant for FCM, topics included, to the emulator. */
final class Redirect {
  private static final Set<String> HOSTS = Set.of("fcm.googleapis.com", "iid.googleapis.com");

  private Redirect() {}

  /** The SDK's own transport, which takes another way to the same hosts. */
  static HttpTransport to(String address) {
    var emulator = new HttpRoute(new HttpHost("http", hostOf(address), portOf(address)));
    HttpRoutePlanner planner =
        (target, context) ->
            HOSTS.contains(target.getHostName()) ? emulator : new HttpRoute(target, null, true);
    return new ApacheHttp2Transport(
        ApacheHttp2Transport.defaultHttpAsyncClientBuilder().setRoutePlanner(planner).build());
  }

  /** Credentials that need no account: any bearer will do, again and again. */
  static GoogleCredentials anyBearer() {
    return new GoogleCredentials() {
      @Override
      public AccessToken refreshAccessToken() {
        return new AccessToken("owner", Date.from(Instant.now().plusSeconds(3600)));
      }
    };
  }

  private static String hostOf(String address) {
    return address.substring(0, address.lastIndexOf(':'));
  }

  private static int portOf(String address) {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }
}
