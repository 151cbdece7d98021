// Hesabın cihazları hakkında Türkçe söylenenler. turkish.ts dosyasının parçası.
import type { Words } from './words.ts';

export const TURKISH_DEVICES: Pick<Words, 'linking' | 'devices' | 'transfer'> = {
  linking: {
    askRelay: 'Aktarıcının adresi ya da herhangi bir davet bağlantısı: ',
    askOffer: 'Yeni cihazın gösterdiği satır: ',
    offer: (command) =>
      `Hesabın bulunduğu bir cihazda\n  ${command} devices approve\nkomutunu çalıştırıp bu satırı verin ya da okutun. On dakika geçerlidir ve tek başına hiçbir şey bağlamaz.`,
    digits: (digits) => `Şimdi iki cihaz da bir sayı gösteriyor. Buradaki  ${digits}`,
    askSame: 'Öteki cihaz da aynı sayıyı mı gösteriyor? [e/H] ',
    yes: 'e',
    passphraseAgain: 'Bu kasanın parolası, bir kez daha: ',
    waiting: 'Burada onaylandı. Öteki cihaz bekleniyor.',
    progress: (percent) => `Aktarılıyor: % ${percent}`,
    linked: (name) => `Burası artık ${name} hesabının bir cihazı.`,
    added: (device) => `“${device}” artık bu hesabın bir cihazı.`,
  },
  devices: {
    isThis: '(bu cihaz)',
    since: (date) => `${date} tarihinden beri`,
    relay: (command) =>
      `Yeni cihazda\n  ${command}\nkomutunu ya da bu bağlantıyla sirdas link-device komutunu çalıştırın:`,
    askRemove: (device) =>
      `“${device}” kaldırılsın mı? Ona artık hiçbir şey gelmez; üstünde olanlar onda kalır. [e/H] `,
    renamed: (device) => `Bu cihazın adı artık “${device}”.`,
    removed: (device) => `“${device}” artık bu hesabın bir cihazı değil.`,
    kept: 'Hiçbir şey değiştirilmedi.',
  },
  transfer: {
    beforeExport:
      'Dosyada hesap, kişiler ve mesajlar olacak; kaybolacak mesajlar ve bu andan sonra gelenler olmayacak. Bu cihaz, cihaz listesinde kalır.',
    exported: (file) => `${file} dosyasına aktarıldı. Parolasıyla age -d açar.`,
    beforeImport:
      'Burası yeni bir cihaz olacak. Dışa aktarmadan sonra gelen mesajlar burada eksik olabilir. Dosyanın geldiği cihaz, cihaz listesinde kalır; kaybolduysa oradan kaldırın ya da şimdi --replace deyin.',
    imported: (name, folder) => `${folder} klasörüne aktarıldı. Burası ${name} hesabının yeni bir cihazı.`,
    rejoining: (back, all) => `Bu cihazı yeniden içeri alan konuşmalar: ${back} / ${all}`,
    notBack: (name) =>
      `${name}: henüz geri gelmedi. İçindeki biri ya da başka bir cihazınız çevrimiçi olduğunda geri gelir.`,
  },
};
