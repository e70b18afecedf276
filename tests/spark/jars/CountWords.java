package example;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Counts words with a class of its own, so that the executors need this jar too. */
public final class CountWords {
    public static final class Word implements Serializable {
        private final String text;

        Word(String text) {
            this.text = text;
        }

        int length() {
            return text.length();
        }
    }

    private CountWords() {}

    public static void main(String[] args) throws Exception {
        if (args.length == 1 && args[0].equals("fail"))
            throw new IllegalStateException("no words were given");
        for (String arg : args)
            System.out.println("arg: " + arg);
        try (SparkSession spark = SparkSession.builder().getOrCreate()) {
            System.out.println("conf: " + spark.conf().get("spark.test.colour", "none"));
            JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
            List<String> texts = Arrays.asList("to", "be", "or", "not", "to", "be");
            JavaRDD<Word> words = context.parallelize(texts, 2).map(Word::new);
            System.out.println("words: " + words.count());
            System.out.println("letters: " + words.map(Word::length).reduce(Integer::sum));
        }
    }
}
