// What every error code of the SDK means to a person, in Turkish. Called through describe-error.ts only.
import type { ErrorSentences } from './sentence.ts';

const UPDATE = 'sırdaş’ı güncelleyin; zaten en yeni sürümse aktarıcıyı işleten kişiye haber verin.';
const RECONNECTS = 'Hiçbir şey kaybolmaz: sırdaş kendiliğinden yeniden bağlanır.';
const NEW_INVITE = 'Sizi davet eden kişiden yeni bir davet isteyin.';

export const TURKISH: ErrorSentences = {
  BAD_FRAME: {
    what: 'Aktarıcı bu programın gönderdiğini anlamadı ve bağlantıyı kapattı.',
    advice: UPDATE,
  },
  FRAME_TOO_LARGE: {
    what: 'Aktarıcı, kendisine çok büyük bir şey gönderildiği için bağlantıyı kapattı.',
    advice: UPDATE,
  },
  UNSUPPORTED_VERSION: {
    what: 'Bu programla aktarıcının ortak bir protokol sürümü yok.',
    advice: 'Buradaki sırdaş’ı güncelleyin ya da aktarıcıyı işleten kişiden güncellemesini isteyin.',
  },
  WRONG_STATE: {
    what: 'Bu program sırası gelmeden bir şey gönderdiği için aktarıcı bağlantıyı kapattı.',
    advice: UPDATE,
  },
  UNKNOWN_KIND: {
    what: 'Aktarıcı bu programdan eski ve bunu yapamıyor.',
    advice: 'Aktarıcıyı işleten kişiden güncellemesini isteyin.',
  },
  HANDSHAKE_TIMEOUT: {
    what: 'Oturum açmak çok uzun sürdüğü için aktarıcı bağlantıyı kapattı; ağ yavaş olabilir.',
    advice: RECONNECTS,
  },
  LOGIN_FAILED: {
    what: 'Aktarıcı bu hesabı ya da bu cihazı tanımıyor.',
    advice:
      'Aktarıcı yeniden kurulduysa yeni bir davetle ve başka bir --home klasörüyle yeniden katılın; cihaz kaldırıldıysa onu başka bir cihazınızdan yeniden bağlayın.',
  },
  TOO_MANY_CONNECTIONS: {
    what: 'Aktarıcıda, toplamda ya da sizin ağ adresinizden, çok fazla bağlantı var.',
    advice: RECONNECTS,
  },
  RATE_LIMITED: {
    what: 'Bu, aktarıcının izin verdiğinden hızlıydı.',
    advice: 'Biraz bekleyip yeniden deneyin.',
  },
  GOING_DOWN: { what: 'Aktarıcı kapatılıyor ya da yeniden başlatılıyor.', advice: RECONNECTS },
  INTERNAL: {
    what: 'Aktarıcı bunu yaparken hata verdi ve hiçbir şeyi değiştirmedi.',
    advice: 'Yeniden deneyin; sürerse aktarıcıyı işleten kişiye haber verin: nedeni günlüğünde yazar.',
  },
  STORAGE_FULL: {
    what: 'Aktarıcının diski dolu, bunu saklayamadı.',
    advice: 'Aktarıcıyı işleten kişiye haber verin. Mesajlar yer açılana dek burada bekler.',
  },
  REPLACED: {
    what: 'Aynı cihaz başka bir yerde oturum açtı, bu bağlantı sonlandırıldı.',
    advice:
      'Her klasör için tek bir sırdaş çalıştırın. Bunu siz yapmadıysanız birinde kasanızın bir kopyası var demektir.',
  },
  TIMED_OUT: { what: 'Aktarıcı buradan çok uzun süre ses alamadı.', advice: RECONNECTS },
  SLOW_READER: {
    what: 'Bağlantı, aktarıcının göndereceklerine yetişemeyecek kadar yavaştı.',
    advice: RECONNECTS,
  },
  INVITE_REQUIRED: {
    what: 'Bu aktarıcı yeni kişileri yalnızca davetle kabul ediyor.',
    advice: 'Üyelerinden birinden davet bağlantısı isteyin.',
  },
  INVITE_INVALID: { what: 'Aktarıcı bu daveti tanımıyor ya da davet geri çekilmiş.', advice: NEW_INVITE },
  INVITE_EXPIRED: { what: 'Bu davetin süresi dolmuş.', advice: NEW_INVITE },
  INVITE_USED_UP: { what: 'Bu davetle katılabilecek kişi sayısı dolmuş.', advice: NEW_INVITE },
  PROOF_OF_WORK_INVALID: {
    what: 'Aktarıcı, yeni hesapların çözmesi gereken bulmacanın yanıtını kabul etmedi.',
    advice: 'Yeniden deneyin; sürerse sırdaş’ı güncelleyin.',
  },
  UNKNOWN_INVITE: {
    what: 'Bu kimlikte bir davet yok.',
    advice: 'Kimlikleri görmek için davetlerinizi listeleyin; davet çoktan geri çekilmiş olabilir.',
  },
  NOT_ALLOWED: {
    what: 'Hesabınızın bu aktarıcıda buna izni yok.',
    advice: 'Aktarıcıyı işleten kişiye sorun.',
  },
  NICKNAME_TAKEN: {
    what: 'Bu takma adı başkası almış; ad, ilk alanındır.',
    advice: 'Başka bir ad seçin.',
  },
  NICKNAME_FORBIDDEN: {
    what: 'Aktarıcı bu takma ada izin vermiyor.',
    advice: 'Tek bir yazı sisteminden 3–32 harf, rakam, nokta, kısa çizgi ya da alt çizgi seçin.',
  },
  NICKNAME_CONFUSABLE: {
    what: 'Bu takma ad alınmış bir ada benziyor; sizi başkasıyla karıştırabilirler.',
    advice: 'Farklı görünen bir ad seçin.',
  },
  RECORD_INVALID: { what: 'Aktarıcı bu programın hazırladığı hesap kaydını reddetti.', advice: UPDATE },
  RECORD_STALE: {
    what: 'Başka bir cihazınız aynı anda hesabı değiştirdi.',
    advice: 'Yeniden deneyin.',
  },
  UNKNOWN_ACCOUNT: {
    what: 'Bu aktarıcıda bu takma adda kimse yok.',
    advice: 'Yazımı denetleyin; kimlerin çevrimiçi olduğunu ad listesi gösterir.',
  },
  UNKNOWN_LOG: {
    what: 'Bu posta kutusu artık aktarıcıda yok ya da size ait değil.',
    advice: 'Alıcının adını denetleyin; hesap kaldırılmış olabilir.',
  },
  ENVELOPE_TOO_LARGE: {
    what: 'Mesaj, aktarıcının kabul ettiğinden büyük.',
    advice: 'Daha küçük parçalar hâlinde gönderin.',
  },
  MAILBOX_FULL: {
    what: 'Alıcının posta kutusu dolu; mesajlar, cihazlarından biri alana dek orada bekler.',
    advice: 'Mesaj burada kalır ve daha sonra yeniden gönderilir.',
  },
  STALE_EPOCH: {
    what: 'Sohbeti aynı anda başka biri değiştirdi.',
    advice: 'sırdaş kendiliğinden yeniden dener.',
  },
  LOG_EXISTS: {
    what: 'Aktarıcıda bu numarayla bir sohbet zaten var.',
    advice: 'Yeniden deneyin; sürerse aktarıcıyı işletene bildirin.',
  },
  READERS_INVALID: {
    what: 'Aktarıcı bir sohbetin cihaz listesini reddetti: çok fazla ya da bilmediği bir cihaz var.',
    advice: 'Yeniden deneyin; bir cihaz tam bu sırada kaldırılmış olabilir.',
  },
  KEY_PACKAGES_FULL: {
    what: 'Aktarıcıda bu cihaz için olabilecek kadar anahtar var.',
    advice: 'Yapılacak bir şey yok.',
  },
  UNKNOWN_CHANNEL: {
    what: 'Bağlama kodunun süresi dolmuş, kod kullanılmış ya da cihazı ayrılmış.',
    advice: 'Yeni cihazda yeniden başlayın: yeni bir kod gösterir.',
  },
  DEVICE_TAKEN: {
    what: 'Aktarıcı aynı cihazla başka bir hesap tanıyor.',
    advice: 'Boş bir --home ile yeniden katılın.',
  },
  UNREACHABLE: {
    what: 'Aktarıcıya ulaşılamıyor: çalışmıyor, adresi yanlış ya da ağ yok.',
    advice: 'Ağınızı ve adresi denetleyin. Mesajlar burada bekler, aktarıcı yanıt verir vermez yola çıkar.',
  },
  WRONG_RELAY_KEY: {
    what: 'Yanıt veren aktarıcı davetinizdeki değil: başka bir anahtar gösteriyor. Ona hiçbir şey gönderilmedi.',
    advice:
      'Araya biri girmiş olabilir. Aktarıcıyı işleten kişiden parmak izini sorun; aktarıcı yeniden kurulduysa yeni bir davetle katılın.',
  },
  CLOCK_SKEW: {
    what: 'Bu bilgisayarın saatiyle aktarıcının saati arasında 2 dakikadan çok fark var.',
    advice: 'Bu bilgisayarın saatini ayarlayıp yeniden deneyin.',
  },
  PROTOCOL_VIOLATION: {
    what: 'Aktarıcı protokole aykırı bir şey gönderdi, bağlantı kapatıldı.',
    advice: 'sırdaş’ı güncelleyin. Zaten en yeni sürümse, sahibi açıklayana dek bu aktarıcıya güvenmeyin.',
  },
  BAD_INVITE: {
    what: 'Bu bir davet bağlantısı değil ya da yalnızca bir parçası.',
    advice: 'Bağlantının tamamını, son harfine kadar kopyalayın ve tırnak içine alın.',
  },
  PLAINTEXT_REFUSED: {
    what: 'Davet, başka bir bilgisayara TLS’siz bağlanmak istiyor; yoldaki herkes izleyebilir.',
    advice: 'TLS’li bir davet isteyin ya da --plaintext ile açıkça izin verin.',
  },
  BAD_NICKNAME: {
    what: 'Bu bir takma ad olamaz.',
    advice:
      '3–32 harf, rakam, nokta, kısa çizgi ya da alt çizgi kullanın; harf ya da rakamla başlayıp bitsin.',
  },
  BAD_NAME: {
    what: 'Görünen ad ya da cihaz adı çok uzun ya da gösterilemeyen karakterler içeriyor.',
    advice: 'En çok 64 baytlık, denetim karakteri içermeyen bir ad seçin.',
  },
  TEXT_EMPTY: { what: 'Gönderilecek bir şey yok: metin boş.', advice: 'Önce bir şey yazın.' },
  TEXT_TOO_LARGE: { what: 'Metin 60 KiB’den uzun.', advice: 'Daha küçük parçalar hâlinde gönderin.' },
  NO_USABLE_KEY: {
    what: 'Bu kişinin, bu programın şifreleyebileceği bir anahtarı yok.',
    advice: 'sırdaş’ı güncelleyin; zaten en yeni sürümse karşı taraftan güncellemesini isteyin.',
  },
  KEY_CHANGED: {
    what: 'Bu kişinin kimlik anahtarı değişti. Eski verileri olmayan yeni bir cihaz kullanıyor olabilir ya da biri onun yerine geçmeye çalışıyor. Siz karar verene dek hiçbir şey gönderilmez.',
    advice: 'Güvenlik numaralarını başka bir yoldan karşılaştırın, sonra yeni anahtarı kabul edin.',
  },
  VERIFICATION_REQUIRED: {
    what: 'Doğruladığınız birinin kimlik anahtarı değişti; yalnızca kabul etmek yetmez.',
    advice:
      'Güvenlik numaralarını başka bir yoldan yeniden karşılaştırın; aynıysa kişiyi doğrulanmış olarak işaretleyin.',
  },
  DIRECTORY_FORGED: {
    what: 'Aktarıcının rehberi, sahibinin imzalamadığı kayıtlar gösteriyor ya da bazılarını gizliyor.',
    advice: 'Sahibi açıklayana dek bu aktarıcıya güvenmeyin.',
  },
  LETTER_FORGED: {
    what: 'Bir mesaj reddedildi: imzası göndereninki değil.',
    advice: 'Biri başkasının adıyla yazmaya çalıştı. Bir şey yapmanız gerekmez.',
  },
  LETTER_MISDIRECTED: {
    what: 'Bir mesaj reddedildi: başka birine ya da başka bir sohbete yazılmıştı.',
    advice: 'Bir şey yapmanız gerekmez.',
  },
  LETTER_FROM_FUTURE: {
    what: 'Bir mesaj reddedildi: zamanı gelecekte görünüyor.',
    advice: 'Bu bilgisayarın saatini denetleyin; doğruysa gönderenin saati yanlıştır.',
  },
  DOWNGRADE_REFUSED: {
    what: 'Bu kişinin desteklediğinden daha zayıf şifrelenmiş bir mesaj reddedildi.',
    advice: 'Ondan sırdaş’ı güncellemesini isteyin. Zaten güncelse araya giren biri olabilir.',
  },
  UNREADABLE: {
    what: 'Bir mesaj açılamadı.',
    advice: 'Gönderenden yeniden göndermesini isteyin.',
  },
  UNSUPPORTED_ENVELOPE: {
    what: 'Bundan daha yeni bir sırdaş sürümünden bir mesaj geldi.',
    advice: 'Sonrakileri okuyabilmek için sırdaş’ı güncelleyin.',
  },
  NO_ACCOUNT: {
    what: 'Bu klasörde henüz bir hesap yok.',
    advice: 'Önce bir aktarıcıya katılın: sirdas join BAĞLANTI --name AD.',
  },
  ACCOUNT_EXISTS: {
    what: 'Bu klasörde zaten bir hesap var.',
    advice: 'Onu kullanın ya da --home ile başka bir klasör belirtin.',
  },
  DEVICE_REVOKED: {
    what: 'Aktarıcı bu cihazı artık kabul etmiyor: ya başka bir cihazınız onu kaldırdı ya da aktarıcı eski bir duruma döndürüldü. Buradakiler okunabilir, ama artık hiçbir şey gelmez ve gitmez.',
    advice:
      'Bunu kimse yapmadıysa konuştuğunuz kişilere ve aktarıcıyı işletene haber verin. Burada sürdürmek için bu bilgisayarı başka bir --home ile yeniden bağlayın.',
  },
  TOO_MANY_DEVICES: {
    what: 'Hesabın cihaz sayısı sınıra ulaştı.',
    advice: 'Artık kullanmadığınız bir cihazı kaldırıp yeniden deneyin.',
  },
  BAD_OFFER: {
    what: 'Bu, sirdas link-device komutunun gösterdiği kod değil ya da onun yalnızca bir parçası.',
    advice: 'Yeni cihazın gösterdiği satırın tamamını kopyalayın ya da karekodunu okutun.',
  },
  OTHER_RELAY: {
    what: 'Yeni cihaz bu hesaptan başka bir aktarıcıda, bu yüzden bağlanmadı.',
    advice: 'Yeni cihazda, burada sirdas devices link komutunun gösterdiği aktarıcıyı verin.',
  },
  LINKING_BUSY: {
    what: 'Şu anda zaten bir cihaz bağlanıyor.',
    advice: 'Önce onu bitirin ya da iptal edin.',
  },
  LINKING_EXPIRED: {
    what: 'Bağlama kodunun süresi dolmuş ya da kod kullanılmış; hiçbir şey bağlanmadı.',
    advice: 'Yeni cihazda yeniden başlayın: yeni bir kod gösterir.',
  },
  LINKING_REFUSED: {
    what: 'Sayılar iki cihazda da onaylanmadı; hiçbir şey aktarılmadı, hiçbir şey bağlanmadı.',
    advice:
      'Sayılar farklıysa iki cihazın arasında biri olabilir. Başka bir ağda yeniden deneyin; yine farklıysa aktarıcıyı işletene haber verin.',
  },
  LINKING_ENDED: {
    what: 'Öteki cihaz iş bitmeden ayrıldı.',
    advice: 'Yeni cihazda yeniden başlayın. sirdas devices onu şimdiden gösteriyorsa önce oradan kaldırın.',
  },
  LINKING_TAMPERED: {
    what: 'Öteki cihazdan gelenler yolda değiştirilmiş, bu yüzden hiçbir şey bağlanmadı.',
    advice: 'Başka bir ağda yeniden deneyin; sürerse aktarıcıyı işletene haber verin.',
  },
  UNKNOWN_DEVICE: {
    what: 'Hesabın böyle bir cihazı yok.',
    advice: 'sirdas devices hepsini listeler.',
  },
  THIS_DEVICE: {
    what: 'Bir cihaz kendini kaldıramaz.',
    advice: 'Bunu hesabın başka bir cihazında yapın. Yalnızca kullanmayı bırakmak için klasörünü silin.',
  },
  REPORT_FORGED: {
    what: 'Bozuk bir grup hakkındaki bildirimi, adına konuştuğu cihaz imzalamamış; bu yüzden hiçbir şey yapılmadı.',
    advice: 'Yapılacak bir şey yok; sürerse aktarıcıyı işleten kişiye haber verin.',
  },
  VAULT_ROLLED_BACK: {
    what: 'Bu cihazın verileri eski bir kopya: aktarıcıda, cihazın hatırlamadığı kendi iletileri var. Eski anahtarlarla artık hiçbir şey gönderilmez.',
    advice:
      'Bu cihaz, hesabınızın yeni bir cihazı olarak devam eder. Bir klasörün iki kopyasını asla birlikte çalıştırmayın.',
  },
  WORK_TOO_HARD: {
    what: 'Aktarıcı, bu programın yapacağından daha fazla iş kanıtı istiyor.',
    advice: 'Aktarıcıyı işletenden bir davet ya da daha az iş istemesini isteyin.',
  },
  UNKNOWN_MESSAGE: {
    what: 'Burada böyle bir mesaj yok.',
    advice: 'Kimliği denetleyin; silinmiş mesajlar artık izlenemez.',
  },
  UNKNOWN_CONVERSATION: {
    what: 'Burada böyle bir sohbet yok.',
    advice: 'sirdas names bu cihazdaki sohbetleri listeler.',
  },
  NOT_YOURS: {
    what: 'Bir mesajı yalnızca yazan değiştirebilir veya silebilir.',
    advice: 'Bunun yerine tepki verin veya yanıtlayın.',
  },
  TOO_LATE: {
    what: 'Bu mesaj artık düzenlenemez: düzenleme bir gün boyunca ve mesaj silinmeden önce yapılabilir.',
    advice: 'Yeni bir mesaj gönderin veya bunu silin.',
  },
  BAD_REACTION: {
    what: 'Tepki tek bir emoji veya tek bir harftir.',
    advice: 'Tek bir tane ile yeniden deneyin.',
  },
  BAD_TIMER: {
    what: 'Mesajlar bu süreyle kaybolamaz.',
    advice: 'En çok bir yıllık bir süre verin; 0 mesajların kalması demektir.',
  },
  CONVERSATION_OVER: {
    what: 'Artık bu sohbette değilsiniz, bu yüzden buraya bir şey gönderilemez.',
    advice: 'Önceki mesajlar okunabilir kalır. Sürdürmek için bir üyeden sizi yeniden eklemesini isteyin.',
  },
  NO_KEY_PACKAGE: {
    what: 'Biri henüz eklenemiyor: cihazlarının hiçbiri bunun için anahtar bırakmamış.',
    advice: 'Cihazlarından biri güncel bir sırdaş ile çevrimiçi olunca eklenebilir; o zaman yeniden deneyin.',
  },
  BAD_KEY_PACKAGE: {
    what: 'Birini eklemek için verilen anahtar sahte, süresi dolmuş ya da başka bir cihazın; kullanılmadı.',
    advice: 'Yeniden deneyin; sürerse o kişiyle güvenlik numaralarını karşılaştırın.',
  },
  GROUP_TOO_LARGE: {
    what: 'Grupta izin verilenden çok üye ya da cihaz olurdu.',
    advice: 'Önce birini çıkarın ya da ikinci bir grup kurun.',
  },
  GROUP_BROKEN: {
    what: 'Bu cihaz sohbeti şu anda izleyemiyor; diğerlerinden yardım istedi.',
    advice:
      'Onlardan biri çevrimiçi olunca yeniden çalışır. Sahiplerden ya da yöneticilerden biri sohbeti sıfırlayabilir de.',
  },
  GROUP_BUSY: {
    what: 'Şu anda grubu çok kişi değiştiriyor; bu değişiklik yapılmadı.',
    advice: 'Birazdan yeniden deneyin.',
  },
  CHANGE_NOT_ALLOWED: {
    what: 'Biri grupta rolünün izin vermediği bir değişiklik denedi; reddedildi.',
    advice: 'Ona ya da grubun bir sahibine sorun.',
  },
  DEVICE_NOT_LISTED: {
    what: 'Hesabının listesinde olmayan bir cihaz gruba sokulmak istendi; reddedildi.',
    advice: 'Biri dinlemeye çalışıyor olabilir. O kişiyle güvenlik numaralarını karşılaştırın.',
  },
  GROUP_INCONSISTENT: {
    what: 'Gruptaki bir değişiklik kendisiyle çelişiyor; reddedildi ve sohbet sürüyor.',
    advice: 'Yinelenirse değişikliği yapandan sırdaşı güncellemesini isteyin.',
  },
  COMMIT_REFUSED: {
    what: 'Gruptaki bir değişiklik doğrulanamadı; reddedildi ve sohbet sürüyor.',
    advice: 'Yinelenirse üyelerden sırdaşı güncellemelerini isteyin.',
  },
  WELCOME_REFUSED: {
    what: 'Bir sohbete davet reddedildi: onu gönderebilecek birinden gelmedi.',
    advice: 'Yapılacak bir şey yok. Bekliyorsanız grubun bir sahibinden sizi yeniden eklemesini isteyin.',
  },
  VAULT_LOCKED: {
    what: 'Kasa bir parolayla kilitli.',
    advice: 'Parolayı verin: sorulduğunda, SIRDAS_PASSPHRASE ile ya da --passphrase-file ile.',
  },
  WRONG_PASSPHRASE: {
    what: 'Bu kasanın parolası bu değil.',
    advice: 'Yeniden deneyin. Parola olmadan kasayı kimse açamaz, siz de.',
  },
  VAULT_IN_USE: {
    what: 'Bu kasa başka bir sırdaş programında açık.',
    advice: 'Önce onu kapatın ya da --home ile başka bir klasör belirtin.',
  },
  VAULT_CORRUPT: {
    what: 'Kasa hasarlı: içindekiler artık birbirini tutmuyor. Kasada hiçbir şey değiştirilmedi.',
    advice:
      'Klasörü bir yedekten geri yükleyin ya da dışa aktarılmış bir dosyayı yeni bir klasöre alın. Diski denetleyin.',
  },
  VAULT_TOO_NEW: {
    what: 'Bu kasayı daha yeni bir sırdaş sürümü yazmış.',
    advice: 'sırdaş’ı güncelleyin.',
  },
  VAULT_UNWRITABLE: {
    what: 'Kasanın klasörü okunamıyor ya da yazılamıyor.',
    advice: 'Klasörün sahibini ve izinlerini denetleyin ya da --home ile başka bir klasör belirtin.',
  },
  KEYRING_UNAVAILABLE: {
    what: 'Bu sistemin anahtarlığı kullanılamadı, bu yüzden kasa kapalı kaldı.',
    advice:
      'Anahtarlığın kilidini açın (Linux’ta secret-tool programı gerekir) ya da yeni bir kasayı parolayla koruyun.',
  },
  DISK_FULL: {
    what: 'Bu bilgisayarın diski dolu; hiçbir şey kaydedilmedi ve gönderilmedi.',
    advice: 'Biraz yer açıp yeniden deneyin.',
  },
  BAD_EXPORT: {
    what: 'Bu dosya sırdaş’ın dışa aktardığı bir dosya değil ya da hasarlı.',
    advice: 'sirdas export komutunun yazdığı dosyayı seçin.',
  },
  CLOSED: { what: 'sırdaş kapanıyor.', advice: 'Yeniden başlatın.' },
  ABORTED: { what: 'İş bitmeden iptal edildi.', advice: 'İstediğinizde yeniden deneyin.' },
};
