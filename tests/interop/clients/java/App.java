import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.serialization.factories.JacksonFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What every client's handler can do, on orders of the tests. Here behind Java's own client. */
public class App implements RequestHandler<Map<String, Object>, Object> {
    static class Refusal extends RuntimeException {
        Refusal(String text) {
            super(text);
        }
    }

    public App() {
        if ("fails".equals(System.getenv("BEGINNING"))) {
            throw new IllegalStateException("cannot begin");
        }
    }

    private static Object echo(Map<String, Object> order, Context context) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("order", order);
        told.put("id", context.getAwsRequestId());
        told.put("arn", context.getInvokedFunctionArn());
        told.put("name", context.getFunctionName());
        told.put("left", context.getRemainingTimeInMillis());
        told.put("custom", context.getClientContext() == null ? null : context.getClientContext().getCustom());
        return told;
    }

    private static int number(Map<String, Object> order, String name) {
        return ((Number) order.get(name)).intValue();
    }

    private static long count(Path folder) throws IOException {
        try (var met = Files.list(folder)) {
            return met.count();
        }
    }

    private static Object meet(Map<String, Object> order, Context context) {
        Path folder = Path.of((String) order.get("folder"));
        try {
            Files.createFile(folder.resolve(context.getAwsRequestId()));
            while (count(folder) < number(order, "count")) {
                Thread.sleep(20);
            }
        } catch (IOException | InterruptedException fault) {
            throw new Refusal(fault.toString());
        }
        return context.getAwsRequestId();
    }

    private static Object hang() {
        while (true) {
            try {
                Thread.sleep(1000);
            } catch (InterruptedException fault) {
                throw new Refusal(fault.toString());
            }
        }
    }

    private static Object leave(int status) {
        Runtime.getRuntime().halt(status);
        return null;
    }

    /** Bytes of a request, as base64 in the event, are the answer's. */
    private static Object mirror(Object body) {
        return Map.of(
                "statusCode", 200,
                "headers", Map.of("content-type", "application/octet-stream"),
                "isBase64Encoded", true,
                "body", body);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> orderOf(Map<String, Object> event) {
        if (event.get("body") == null) {
            return event;
        }
        return JacksonFactory.getInstance().getSerializer(Map.class).fromJson((String) event.get("body"));
    }

    @Override
    public Object handleRequest(Map<String, Object> event, Context context) {
        if (Boolean.TRUE.equals(event.get("isBase64Encoded"))) {
            return mirror(event.get("body"));
        }
        Map<String, Object> order = orderOf(event);
        switch ((String) order.get("do")) {
            case "echo":
                return echo(order, context);
            case "fail":
                throw new Refusal((String) order.get("text"));
            case "throw":
                throw new OutOfMemoryError((String) order.get("text"));
            case "leave":
                return leave(number(order, "status"));
            case "hang":
                return hang();
            case "size":
                return "x".repeat(number(order, "size") - 2);
            case "meet":
                return meet(order, context);
            default:
                throw new Refusal("no such act: " + order.get("do"));
        }
    }
}
